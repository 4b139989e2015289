using System;
using System.Threading;

namespace EchoRuntime.LayerTests
{
    /// <summary>What the tests of supervision start instead of a runtime.</summary>
    internal static class ChildProgram
    {
        public static int Run(string what)
        {
            switch (what)
            {
                case "runs":
                    Console.WriteLine("{\"event\": \"ready\", \"npc\": \"mira\"}");
                    Thread.Sleep(60000);
                    return 0;
                case "holds":
                    using (ClientName name = ClientName.Take("shared-game", Console.ReadLine()))
                    {
                        Console.WriteLine(name.Name);
                        Console.ReadLine();
                    }
                    return 0;
                case "refuses":
                    Console.Error.WriteLine("echo-runtime: There is no avatar named 'nobody'.");
                    return 2;
                default:
                    Console.Error.WriteLine("out of memory");
                    return 9;
            }
        }
    }
}
