using System;

namespace EchoRuntime.Live
{
    /// <summary>A complete engine client over the core, without an engine: for live tests and measurements.</summary>
    internal static class Program
    {
        private static int Main(string[] arguments)
        {
            try
            {
                LiveOptions options = LiveOptions.Parse(arguments);
                using (var client = new EchoClient(options.Client))
                {
                    client.Counts.ThreadAllocation = GC.GetAllocatedBytesForCurrentThread;
                    new GameLoop(options, client).Run();
                }
                return 0;
            }
            catch (UsageException error)
            {
                Console.Error.WriteLine(error.Message);
                Console.Error.WriteLine(LiveOptions.Usage);
                return 2;
            }
        }
    }
}
