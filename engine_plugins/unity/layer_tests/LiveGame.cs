using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>
    /// A game with the real runtime, as the Unity layer plays it: starts the runtime, meets an NPC, makes it speak, stops
    /// the time, reloads, loses the runtime and gets it back. Prints a line for each act.
    /// </summary>
    internal static class LiveGame
    {
        public static int Run(string[] arguments)
        {
            int port = int.Parse(arguments[1], CultureInfo.InvariantCulture);
            var words = new List<string>(arguments).GetRange(4, arguments.Length - 4).ConvertAll(RuntimeCommand.Quote);
            var supervisor = new RuntimeSupervisor(
                () => RuntimeCommand.Find(arguments[3]), string.Join(" ", words.ToArray()), "", new SystemProcessLauncher(),
                new PortProbe("127.0.0.1", port));
            var options = new EchoOptions { Port = port, Client = "layer" };
            try
            {
                using (var game = new FakeEngine(options, arguments[2], "")) Play(game, supervisor);
                int last = supervisor.ProcessId;
                supervisor.Stop();
                Check.That(Gone(last), "the runtime is gone at the end");
                Console.WriteLine("stopped");
                return 0;
            }
            catch (CheckFailed error)
            {
                Console.WriteLine("FAILED " + error.Message);
                Console.WriteLine("the runtime: " + supervisor.State + " " + supervisor.Text);
                foreach (string line in supervisor.Log.Lines()) Console.WriteLine("    " + line);
                return 1;
            }
            finally
            {
                supervisor.Dispose();
            }
        }

        private static void Play(FakeEngine game, RuntimeSupervisor supervisor)
        {
            supervisor.Begin();
            Until(game, supervisor, () => game.Npc.Open && game.Npc.HasFace && game.Pictures > 10, "the NPC is seen");
            Check.Same(SupervisorState.Running, supervisor.State, "the runtime");
            Check.Same(52, game.Npc.Count, "coefficients");
            Check.Same(string.Join(" ", ArkitNames.All), string.Join(" ", game.Npc.CurveNames), "their names, in order");
            Check.That(FaceProjection.Known(game.Npc.Picture.Header), "the picture says with which camera it is seen");
            Console.WriteLine("seen " + game.Surface.Width + " " + game.Surface.Height);

            var tone = new float[2 * 44100];
            for (int i = 0; i < tone.Length; i++) tone[i] = (float)(0.4 * Math.Sin(i / 20.0));
            Utterance speech = game.Npc.Speak(SpeechClip.Of(tone, 1, 44100), "Hello there.");
            Until(game, supervisor, () => game.LoudBlocks > 20, "it is heard");
            Until(game, supervisor, () => speech.Speech.Finished, "the end of the speech");
            Check.That(speech.Speech.Succeeded, "spoken: " + speech.Speech.Text);
            Console.WriteLine("heard " + game.LoudBlocks);

            game.Npc.Life.TimeScale(0f);
            int still = 0, pictures = game.Pictures;
            Until(game, supervisor, () =>
            {
                still = game.Pictures == pictures ? still + 1 : 0;
                pictures = game.Pictures;
                return still > 500; // frames of at least 2 ms
            }, "the NPC stands still");
            game.Npc.Life.TimeScale(1f);
            Until(game, supervisor, () => game.Pictures > pictures + 10, "and goes on");
            Console.WriteLine("paused");

            game.Reload();
            pictures = game.Pictures;
            Until(game, supervisor, () => game.Npc.Open && game.Pictures > pictures + 10, "it is seen after a reload");
            Check.That(game.Client.Welcome.Returned, "the same session");
            Console.WriteLine("reloaded");

            string run = game.Client.Welcome.Run;
            int killed = supervisor.ProcessId;
            using (Process runtime = Process.GetProcessById(killed)) runtime.Kill();
            Until(game, supervisor, () => supervisor.State == SupervisorState.Waiting, "the end of the runtime is noticed");
            Until(game, supervisor, () => game.Client.Welcome.Run != run && game.Npc.Open, "another run has opened it");
            pictures = game.Pictures;
            Until(game, supervisor, () => game.Pictures > pictures + 10, "it is seen again");
            Check.That(supervisor.Starts == 2 && supervisor.ProcessId != killed, "started twice");
            Check.Same(null, game.AudioError, "audio thread");
            Console.WriteLine("restarted");
        }

        private static void Until(FakeEngine game, RuntimeSupervisor supervisor, Func<bool> holds, string what)
        {
            Check.Soon(() =>
            {
                supervisor.Tick(MonotonicClock.NowMicros);
                Check.That(supervisor.State != SupervisorState.GaveUp, "given up: " + supervisor.Text);
                game.Frame();
                return holds();
            }, what, 120000);
        }

        private static bool Gone(int process)
        {
            try
            {
                using (Process found = Process.GetProcessById(process)) return found.WaitForExit(10000);
            }
            catch (ArgumentException)
            {
                return true;
            }
        }
    }
}
