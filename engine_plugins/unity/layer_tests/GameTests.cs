using System;
using System.Diagnostics;
using System.IO;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>What happens to a game: pauses, focus, gaps, copies of it.</summary>
    internal static class GameTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("game/life: a pause is told once, and again to another run", Life);
            suite.Add("game/life: focus and time scale, as set", Reasons);
            suite.Add("game/gaps: a breakpoint of minutes", Gaps);
            suite.Add("game/names: copies of a game get names of their own", Names);
            suite.Add("game/names: another process, too", OtherProcess);
            suite.Add("game/attention: by angle, when it has changed", Looks);
            suite.Add("game/log: once", Once);
        }

        private static void Life()
        {
            var life = new GameLife("mira");
            Check.Same(null, life.Next(true), "not open yet");
            life.Opened("run1");
            Check.Same(null, life.Next(true), "nothing to tell");
            life.Paused(true);
            Check.Same(null, life.Next(false), "a runtime that cannot pause");
            var pause = life.Next(true) as Pause;
            Check.That(pause != null && pause.Npc == "mira", "pause");
            Check.Same(null, life.Next(true), "once");
            life.Opened("run1");
            Check.Same(null, life.Next(true), "the same run knows it");
            life.Opened("run2");
            Check.That(life.Next(true) is Pause, "another run is told");
            life.Paused(false);
            Check.That(life.Next(true) is Resume, "resume");
            Check.Same(null, life.Next(true), "once");
        }

        private static void Reasons()
        {
            var life = new GameLife("mira");
            life.Opened("run1");
            life.Focused(false);
            Check.That(!life.Still, "focus is no reason by itself");
            life.WithoutFocus = true;
            Check.That(life.Still, "unless so set");
            life.TimeScale(0f);
            life.Focused(true);
            Check.That(life.Still && life.Next(true) is Pause, "time stands still");
            life.TimeScale(0.5f);
            Check.That(!life.Still && life.Next(true) is Resume, "slow motion is no pause");
            life.WithTimeScale = false;
            life.TimeScale(0f);
            Check.That(!life.Still, "unless so set");
            life.Halted(true);
            life.Paused(true);
            Check.That(life.Still && life.Next(true) is Pause, "the editor's button and the application's pause");
            life.Paused(false);
            Check.That(life.Still && life.Next(true) == null, "one of them is reason enough");
            life.Halted(false);
            Check.That(!life.Still && life.Next(true) is Resume, "both are over");
        }

        private static void Gaps()
        {
            long gap;
            var gaps = new FrameGaps();
            Check.That(!gaps.Frame(5, out gap) && !gaps.Frame(16000, out gap), "frames");
            Check.That(gaps.Frame(180016000, out gap) && gap == 180000000, "three minutes");
            Check.That(!gaps.Frame(180032000, out gap), "and on");
            Check.Same(1, gaps.Count, "count");
        }

        private static void Names()
        {
            string folder = Path.Combine(Path.GetTempPath(), "echo-names-" + Guid.NewGuid().ToString("N"));
            using (ClientName first = ClientName.Take("My Game!", folder))
            {
                Check.Same("My-Game-", first.Name, "what a name may hold");
                using (ClientName second = ClientName.Take("My Game!", folder)) Check.Same("My-Game--2", second.Name, "a copy");
                using (ClientName again = ClientName.Take("My Game!", folder)) Check.Same("My-Game--2", again.Name, "free again");
            }
            using (ClientName later = ClientName.Take("My Game!", folder)) Check.Same("My-Game-", later.Name, "the same at the next start");
            Directory.Delete(folder, true);
            Check.Same("game", ClientName.Valid(""), "no name");
            Check.That(ClientName.Valid(new string('x', 99)).Length <= 60, "long names");
        }

        private static void OtherProcess()
        {
            string folder = Path.Combine(Path.GetTempPath(), "echo-names-" + Guid.NewGuid().ToString("N"));
            string self = System.Reflection.Assembly.GetExecutingAssembly().Location;
            var start = new ProcessStartInfo("mono", RuntimeCommand.Quote(self) + " --child holds")
            {
                UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
            };
            using (Process other = Process.Start(start))
            {
                other.StandardInput.WriteLine(folder);
                Check.Same("shared-game", other.StandardOutput.ReadLine(), "the first process");
                using (ClientName second = ClientName.Take("shared-game", folder)) Check.Same("shared-game-2", second.Name, "this one");
                other.StandardInput.WriteLine();
                other.WaitForExit(20000);
            }
            using (ClientName later = ClientName.Take("shared-game", folder)) Check.Same("shared-game", later.Name, "free again");
            Directory.Delete(folder, true);
        }

        private static void Looks()
        {
            Check.Same(1.0, Attentiveness.Share(1.0), "straight");
            Check.Same(0.0, Attentiveness.Share(-1.0), "away");
            Check.Near(0.5, Attentiveness.Share(Math.Cos(24 * Math.PI / 180)), 1e-9, "between");
            var looks = new Attentiveness();
            Check.That(looks.WorthTelling(0.5, 0), "the first");
            Check.That(!looks.WorthTelling(0.9, 100000), "too soon");
            Check.That(!looks.WorthTelling(0.52, 300000), "too little");
            Check.That(looks.WorthTelling(0.9, 300000), "a change");
            looks.Forget();
            Check.That(looks.WorthTelling(0.9, 600000), "another run");
        }

        private static void Once()
        {
            var said = new SaidOnce();
            Check.That(said.First("a") && !said.First("a") && said.First("b"), "once each");
            said.Forget();
            Check.That(said.First("a"), "anew");
        }
    }
}
