using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>Processes by the system's own calls, as builds with IL2CPP start them.</summary>
    internal static class NativeProcessTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("process/native: both streams, the environment, the end by a signal", NativeOutput);
            suite.Add("process/native: one that does not obey is ended", NativeStubborn);
            suite.Add("process/native: many of them leave no files open", NativeMany);
        }

        private static void NativeOutput()
        {
            if (Path.DirectorySeparatorChar != '/') throw new Skipped("asks a shell of Unix");
            Environment.SetEnvironmentVariable("ECHO_LAYER_TEST", "of the game");
            IChildProcess child = new NativeProcessLauncher().Start(
                "sh", "-c \"cat; echo one; echo zwei-\u00fc >&2; printf '%s' \\\"$ECHO_LAYER_TEST\\\"; kill -TERM $$\"", "");
            var lines = new List<string>();
            Check.Soon(() => !child.Running, "it ends: its input is empty");
            Check.Soon(() =>
            {
                for (string line = child.TakeLine(); line != null; line = child.TakeLine()) lines.Add(line);
                return lines.Count == 3;
            }, "both of its streams, and a last line without an end");
            Check.Same("one|zwei-\u00fc|of the game", string.Join("|", lines.ToArray()), "what it wrote");
            Check.Same(128 + 15, child.ExitCode, "how it ended");
        }

        private static void NativeStubborn()
        {
            if (Path.DirectorySeparatorChar != '/') throw new Skipped("asks a shell of Unix");
            IChildProcess child = new NativeProcessLauncher().Start(
                "sh", "-c \"trap '' TERM; echo ready; while true; do sleep 0.05; done\"", "");
            Check.Soon(() => child.TakeLine() == "ready", "it runs");
            Stopwatch watch = Stopwatch.StartNew();
            child.Stop(300);
            Check.That(!child.Running, "gone, though it would not go");
            Check.That(watch.ElapsedMilliseconds >= 300 && watch.ElapsedMilliseconds < 5000, watch.ElapsedMilliseconds + " ms");
            Check.Same(128 + 9, child.ExitCode, "how it ended");
            child.Stop(300); // and once more
        }

        private static void NativeMany()
        {
            if (!Directory.Exists("/proc/self/fd")) throw new Skipped("counts in /proc");
            Func<int> open = () => Directory.GetFileSystemEntries("/proc/self/fd").Length;
            int before = 0;
            for (int i = 0; i < 40; i++)
            {
                IChildProcess child = new NativeProcessLauncher().Start("sh", "-c \"echo x\"", "");
                Check.Soon(() => !child.Running, "ended");
                if (i == 10) before = open();
            }
            Check.Soon(() => open() <= before + 3, "files that stay open: " + before + " before, " + open() + " after");
        }
    }
}
