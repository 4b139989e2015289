using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>Starting, watching, restarting and stopping the runtime: scripted, and with real processes.</summary>
    internal static class ProcessTests
    {
        private sealed class Child : IChildProcess
        {
            public readonly Queue<string> Lines = new Queue<string>();
            public bool Stopped;

            public bool Running { get; set; }

            public int Id
            {
                get { return 1; }
            }

            public int ExitCode { get; set; }

            public string TakeLine()
            {
                return Lines.Count > 0 ? Lines.Dequeue() : null;
            }

            public void Stop(int graceMilliseconds)
            {
                Running = false;
                Stopped = true;
            }

            public void End(int code)
            {
                ExitCode = code;
                Running = false;
            }
        }

        private sealed class Desk : IProcessLauncher, IPortProbe
        {
            public readonly List<Child> Started = new List<Child>();
            public bool Listens, Asked;
            public string Arguments;

            public IChildProcess Start(string file, string arguments, string folder)
            {
                Arguments = arguments;
                var child = new Child { Running = true };
                Started.Add(child);
                return child;
            }

            public void Begin()
            {
                Asked = true;
            }

            public bool Take(out bool answers)
            {
                answers = Listens;
                bool asked = Asked;
                Asked = false;
                return asked;
            }

            public RuntimeSupervisor Supervisor(string file = "runtime")
            {
                return new RuntimeSupervisor(() => RuntimeCommand.Find(file), "run", "", this, this);
            }
        }

        public static void Add(Suite suite)
        {
            suite.Add("process/supervisor: starts, is ready, is stopped", Starts);
            suite.Add("process/supervisor: restarts with growing pauses, then gives up", Restarts);
            suite.Add("process/supervisor: a user's mistake is said, not repeated", Mistake);
            suite.Add("process/supervisor: attaches to one that runs, and starts one when it is gone", Attaches);
            suite.Add("process/supervisor: one that hangs is ended and started anew, a breakpoint is no hanging", Hangs);
            suite.Add("process/supervisor: no runtime there", Missing);
            suite.Add("process/command: arguments, quotes, folders", Command);
            suite.Add("process/log: bounded", Log);
            suite.Add("process/system: a real process runs, writes, and is stopped", RealRuns);
            suite.Add("process/system: a real process that refuses, and one that is not there", RealEnds);
            suite.Add("process/command: words, there and back", Words);
            suite.Add("process/probe: a port that listens, and one that does not", Probe);
        }

        private static void Starts()
        {
            var desk = new Desk();
            RuntimeSupervisor supervisor = desk.Supervisor();
            Check.That(!supervisor.Tick(0) && desk.Started.Count == 0, "nothing before it begins");
            supervisor.Begin();
            supervisor.Tick(0);
            Check.Same(SupervisorState.Starting, supervisor.State, "state");
            desk.Started[0].Lines.Enqueue("loading");
            supervisor.Tick(1);
            Check.Same(SupervisorState.Starting, supervisor.State, "loading");
            desk.Started[0].Lines.Enqueue("{\"event\": \"ready\", \"npc\": \"mira\"}");
            Check.That(supervisor.Tick(2), "changed");
            Check.Same(SupervisorState.Running, supervisor.State, "ready");
            Check.Same(2, supervisor.Log.Lines().Length, "its lines");
            supervisor.Stop();
            Check.That(desk.Started[0].Stopped && supervisor.State == SupervisorState.Stopped, "stopped");
            supervisor.Tick(99000000);
            Check.Same(1, desk.Started.Count, "and stays so");
        }

        private static void Hangs()
        {
            var desk = new Desk();
            RuntimeSupervisor supervisor = desk.Supervisor();
            supervisor.Begin();
            long now = 5000000;
            supervisor.Tick(now, false);
            now += 2 * RuntimeSupervisor.HungMicros; // minutes at a breakpoint
            supervisor.Tick(now, false);
            Check.Same(1, desk.Started.Count, "that nobody ticked says nothing");
            for (int i = 0; i < 170; i++) supervisor.Tick(now += 1000000, false);
            supervisor.Tick(now += 1000000, true);
            for (int i = 0; i < 170; i++) supervisor.Tick(now += 1000000, false);
            Check.That(!desk.Started[0].Stopped, "it answered in between");
            for (int i = 0; i < 20; i++) supervisor.Tick(now += 1000000, false);
            Check.That(desk.Started[0].Stopped, "ended");
            Check.That(supervisor.Text.Contains("three minutes") || desk.Started.Count == 2, supervisor.Text);
            for (int i = 0; i < 20; i++) supervisor.Tick(now += 1000000, false);
            Check.Same(2, desk.Started.Count, "started anew");
            Check.That(!desk.Started[1].Stopped, "with three minutes of its own");
        }

        private static void Restarts()
        {
            var desk = new Desk();
            RuntimeSupervisor supervisor = desk.Supervisor();
            supervisor.Begin();
            long now = 0, last = 0;
            for (int i = 1; i < RestartBackOff.MostEnds; i++)
            {
                supervisor.Tick(now);
                Check.Same(i, desk.Started.Count, "started");
                desk.Started[i - 1].Lines.Enqueue("out of memory");
                desk.Started[i - 1].End(9);
                supervisor.Tick(now);
                Check.Same(SupervisorState.Waiting, supervisor.State, "waiting");
                Check.That(supervisor.Text.Contains("out of memory") && supervisor.Text.Contains("status 9"), supervisor.Text);
                long begin = now;
                while (supervisor.State == SupervisorState.Waiting)
                {
                    now += 100000;
                    supervisor.Tick(now);
                    Check.That(now - begin < 40000000, "waits without end");
                }
                Check.That(now - begin > last, "the pause grows");
                last = now - begin;
            }
            supervisor.Tick(now);
            desk.Started[5].End(9);
            supervisor.Tick(now);
            Check.Same(SupervisorState.GaveUp, supervisor.State, "gave up");
            Check.That(!supervisor.Tick(now + 999000000), "and stays so");
            supervisor.Begin();
            supervisor.Tick(now);
            Check.Same(7, desk.Started.Count, "until it is begun anew");
            desk.Started[6].End(9);
            supervisor.Tick(now + RestartBackOff.GoodRunMicros);
            Check.Same(SupervisorState.Waiting, supervisor.State, "after a good run it is counted anew");
        }

        private static void Mistake()
        {
            var desk = new Desk();
            RuntimeSupervisor supervisor = desk.Supervisor();
            supervisor.Begin();
            supervisor.Tick(0);
            desk.Started[0].Lines.Enqueue("echo-runtime: There is no avatar named 'nobody'.");
            desk.Started[0].End(2);
            supervisor.Tick(1);
            Check.Same(SupervisorState.GaveUp, supervisor.State, "state");
            Check.That(supervisor.Text.Contains("no avatar named 'nobody'"), supervisor.Text);
        }

        private static void Attaches()
        {
            var desk = new Desk { Listens = true };
            RuntimeSupervisor supervisor = desk.Supervisor();
            supervisor.Begin();
            supervisor.Tick(0);
            Check.Same(SupervisorState.Attached, supervisor.State, "attached");
            for (long now = 0; now < 20000000; now += 100000) supervisor.Tick(now);
            Check.Same(SupervisorState.Attached, supervisor.State, "and stays");
            Check.Same(0, desk.Started.Count, "started none");
            desk.Listens = false;
            for (long now = 20000000; now < 40000000; now += 100000) supervisor.Tick(now);
            Check.Same(1, desk.Started.Count, "started one when it was gone");
            supervisor.Dispose();
        }

        private static void Missing()
        {
            var desk = new Desk();
            RuntimeSupervisor supervisor = desk.Supervisor("/no/such/place/echo-runtime");
            supervisor.Begin();
            supervisor.Tick(0);
            Check.Same(SupervisorState.GaveUp, supervisor.State, "state");
            Check.That(supervisor.Text.Contains("/no/such/place") && supervisor.Text.EndsWith("."), supervisor.Text);
        }

        private static void Command()
        {
            Check.Same("a", RuntimeCommand.Quote("a"), "plain");
            Check.Same("\"a b\"", RuntimeCommand.Quote("a b"), "a space");
            Check.Same("\"\"", RuntimeCommand.Quote(""), "nothing");
            Check.Same("\"say \\\"hi\\\"\"", RuntimeCommand.Quote("say \"hi\""), "quotes");
            Check.Same("\"C:\\my dir\\\\\"", RuntimeCommand.Quote("C:\\my dir\\"), "a backslash at the end");
            Check.Same(
                "run --headless --player engine --voice engine --control-port 27810 --avatar \"my avatar\" --npc bob --seed 4",
                RuntimeCommand.Arguments("my avatar", "bob", 27810, " --seed 4 "), "arguments");
            Check.Same("echo-runtime", RuntimeCommand.Find(""), "the search path");
            string folder = Path.Combine(Path.GetTempPath(), "echo-place-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(Path.Combine(folder, ".venv", "bin"));
            try
            {
                RuntimeCommand.Find(folder);
                throw new CheckFailed("an empty folder");
            }
            catch (UsageException error)
            {
                Check.That(error.Message.Contains(folder), error.Message);
            }
            string file = Path.Combine(folder, ".venv", "bin", "echo-runtime");
            File.WriteAllText(file, "");
            if (Path.DirectorySeparatorChar == '/') Check.Same(file, RuntimeCommand.Find(folder), "of a virtual environment");
            Check.Same(file, RuntimeCommand.Find(file), "the file itself");
            if (Path.DirectorySeparatorChar == '/') Check.Same(file, RuntimeCommand.Find(".venv", folder), "beside the game");
            Check.Same(file, RuntimeCommand.Find(Path.Combine(".venv", "bin", "echo-runtime"), folder), "the file beside the game");
            Check.Same("echo-runtime-2", RuntimeCommand.Find("echo-runtime-2", folder), "a bare name that is not there");
            Directory.Delete(folder, true);
        }

        private static void Log()
        {
            var log = new ProcessLog(3);
            for (int i = 0; i < 10; i++) log.Add("line " + i);
            log.Add("");
            log.Add(null);
            Check.Same(3, log.Lines().Length, "lines");
            Check.Same("line 9", log.Last(), "the last that says something");
            log.Add(new string('x', 100000));
            Check.That(log.Last().Length <= ProcessLog.LineLength + 1, "long lines");
        }

        /// <summary>That of editors and Mono builds, and that of IL2CPP builds.</summary>
        private static readonly IProcessLauncher[] Launchers = { new SystemProcessLauncher(), new NativeProcessLauncher() };

        private static RuntimeSupervisor Real(string what, Desk desk, IProcessLauncher launcher, string file = "mono")
        {
            string self = Assembly.GetExecutingAssembly().Location;
            return new RuntimeSupervisor(
                () => file, RuntimeCommand.Quote(self) + " --child " + what, "", launcher, desk);
        }

        private static void Words()
        {
            foreach (string[] words in new[]
            {
                new string[0], new[] { "run" }, new[] { "run", "--avatar", "my avatar" }, new[] { "", "a" },
                new[] { "say \"hi\"", "C:\\my dir\\", "C:\\dir\\" }, new[] { "\\" }, new[] { "a\tb", "\\\\x" },
            })
            {
                string line = string.Join(" ", Array.ConvertAll(words, RuntimeCommand.Quote));
                Check.Same(string.Join("|", words), string.Join("|", RuntimeCommand.Words(line).ToArray()), line);
            }
            Check.Same("a|b c|d", string.Join("|", RuntimeCommand.Words("  a \"b c\"\td  ").ToArray()), "as typed");
        }

        private static void RealRuns()
        {
            foreach (IProcessLauncher launcher in Launchers) RealRuns(launcher);
        }

        private static void RealRuns(IProcessLauncher launcher)
        {
            using (RuntimeSupervisor supervisor = Real("runs", new Desk(), launcher))
            {
                supervisor.Begin();
                Check.Soon(() => supervisor.Tick(MonotonicClock.NowMicros) && supervisor.State == SupervisorState.Running,
                    "ready");
                Stopwatch watch = Stopwatch.StartNew();
                supervisor.Stop();
                Check.That(watch.ElapsedMilliseconds < 5000, "stopped after " + watch.ElapsedMilliseconds + " ms");
                Check.Same(SupervisorState.Stopped, supervisor.State, "state");
            }
        }

        private static void RealEnds()
        {
            foreach (IProcessLauncher launcher in Launchers) RealEnds(launcher);
        }

        private static void RealEnds(IProcessLauncher launcher)
        {
            using (RuntimeSupervisor supervisor = Real("refuses", new Desk(), launcher))
            {
                supervisor.Begin();
                Check.Soon(() => supervisor.Tick(MonotonicClock.NowMicros) && supervisor.State == SupervisorState.GaveUp,
                    "gave up");
                Check.That(supervisor.Text.Contains("nobody"), supervisor.Text);
            }
            using (RuntimeSupervisor supervisor = Real("runs", new Desk(), launcher, "no-such-program-here"))
            {
                supervisor.Begin();
                supervisor.Tick(MonotonicClock.NowMicros);
                Check.Same(SupervisorState.GaveUp, supervisor.State, "a program that is not there");
                Check.That(supervisor.Text.Contains("no-such-program-here"), supervisor.Text);
            }
        }

        private static void Probe()
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var probe = new PortProbe("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
            bool answers = false;
            probe.Begin();
            Check.Soon(() => probe.Take(out answers), "an answer");
            Check.That(answers, "somebody listens");
            listener.Stop();
            probe.Begin();
            Check.Soon(() => probe.Take(out answers), "an answer");
            Check.That(!answers, "nobody listens");
        }
    }
}
