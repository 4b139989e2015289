using System;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    internal static class Program
    {
        /// <summary>
        /// LayerTests.exe [PART_OF_A_TEST'S_NAME]; exits with 1 when a test fails.
        /// LayerTests.exe --game PORT NPC PROGRAM [WORDS…] plays a game with the real runtime, which it starts.
        /// </summary>
        private static int Main(string[] arguments)
        {
            if (arguments.Length == 2 && arguments[0] == "--child") return ChildProgram.Run(arguments[1]);
            if (arguments.Length > 3 && arguments[0] == "--game") return LiveGame.Run(arguments);
            var suite = new Suite("");
            FaceTests.Add(suite);
            SoundTests.Add(suite);
            GameTests.Add(suite);
            ProcessTests.Add(suite);
            NativeProcessTests.Add(suite);
            LoopTests.Add(suite);
            return suite.Run(arguments.Length > 0 ? arguments[0] : "") == 0 ? 0 : 1;
        }
    }
}
