using System;

namespace EchoRuntime.CoreTests
{
    internal static class Program
    {
        /// <summary>
        /// CoreTests.exe FOLDER_OF_GOLDEN_VECTORS [PART_OF_A_TEST'S_NAME]; exits with 1 when a test fails.
        /// </summary>
        private static int Main(string[] arguments)
        {
            if (arguments.Length < 1)
            {
                Console.Error.WriteLine("Give the folder of the golden vectors: CoreTests.exe bridge/golden [part of a name]");
                return 2;
            }
            var suite = new Suite(arguments[0]);
            CodecTests.Add(suite);
            PlayoutTests.Add(suite);
            ReceiveTests.Add(suite);
            ZmtpTests.Add(suite);
            LibzmqTests.Add(suite);
            SessionTests.Add(suite);
            CommandTests.Add(suite);
            EndTests.Add(suite);
            return suite.Run(arguments.Length > 1 ? arguments[1] : "") == 0 ? 0 : 1;
        }
    }
}
