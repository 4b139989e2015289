using System;
using System.Threading;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>A whole game against a scripted runtime: frames, an audio thread, pauses, scenes, reloads.</summary>
    internal static class LoopTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("loop/talk: opened, seen, heard, panned as the engine wants", Talk);
            suite.Add("loop/allocation: a steady game allocates nothing in its frames and its audio callback", Allocation);
            suite.Add("loop/size: a picture changes its size in the middle", Sizes);
            suite.Add("loop/pause: the runtime is told once, nothing is heard, and it goes on", Paused);
            suite.Add("loop/pause: an engine that gives no frames while it is paused has told it", PausedWithoutFrames);
            suite.Add("loop/reload: a domain reload comes back to the same session", Reload);
            suite.Add("loop/reload: ten of them leave no connections behind", Reloads);
            suite.Add("loop/scene: an NPC is closed with its scene and opened in the next", Scene);
            suite.Add("loop/restart: another run opens it again and is told of the pause", Restarted);
            suite.Add("loop/breakpoint: the newest picture is shown after it", Breakpoint);
            suite.Add("loop/unknown: an avatar that does not exist is said", Unknown);
            suite.Add("loop/none: without a runtime the game runs on", None);
        }

        /// <summary>Publishes pictures, faces and a tone in real time.</summary>
        private sealed class Performance : IDisposable
        {
            private readonly FakeStage _stage;
            private readonly Thread _thread;
            private volatile bool _ending;
            public volatile int Side = 4;
            public volatile bool Tone = true;
            private ulong _seq;

            public Performance(FakeStage stage)
            {
                _stage = stage;
                _thread = new Thread(Run) { IsBackground = true };
                _thread.Start();
            }

            public long Last
            {
                get { return (long)Volatile.Read(ref _seq); }
            }

            public void Dispose()
            {
                _ending = true;
                _thread.Join(2000);
            }

            private void Run()
            {
                var values = new byte[8];
                Payload.WriteFloats(new[] { 0.5f, 0.25f }, 2, values, 0);
                var sound = new byte[2 * 640];
                for (int i = 0; i < 640; i++)
                {
                    short sample = (short)(12000 * Math.Sin(2 * Math.PI * 400 * i / 16000.0));
                    sound[2 * i] = (byte)sample;
                    sound[2 * i + 1] = (byte)(sample >> 8);
                }
                long begin = MonotonicClock.NowMicros;
                for (int frame = 1; !_ending; frame++)
                {
                    long pts = begin + frame * 40000L;
                    Volatile.Write(ref _seq, (ulong)frame);
                    _stage.Published(new Video
                    {
                        Npc = "mira", Seq = (ulong)frame, Pts = pts, Origin = "generated", Width = Side, Height = Side,
                        Stride = 4 * Side, Format = "bgra8", PublishedMicros = MonotonicClock.NowMicros,
                    }, new byte[4 * Side * Side]);
                    _stage.Published(new Coefficients
                    {
                        Npc = "mira", Seq = (ulong)frame, Pts = pts, Origin = "generated", Curves = "arkit52", Count = 2,
                    }, values);
                    if (Tone)
                    {
                        _stage.Published(new Speech
                        {
                            Npc = "mira", Seq = (ulong)frame, Pts = pts, Rate = 16000, Channels = 1, Utt = 1,
                        }, sound);
                    }
                    long wait = begin + (frame + 1) * 40000L - MonotonicClock.NowMicros;
                    if (wait > 0) Thread.Sleep((int)(wait / 1000));
                }
            }
        }

        private static EchoOptions Options(FakeStage stage)
        {
            return new EchoOptions { Port = stage.Runtime.Port, Client = "game" };
        }

        private static int Count(FakeStage stage, string type)
        {
            return Array.FindAll(stage.Seen(), seen => seen == type).Length;
        }

        private static void Talk()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (new Performance(stage))
            {
                game.Until(() => game.Npc.Open && game.Pictures > 5 && game.LoudBlocks > 5, "opened, seen and heard");
                Check.Same(null, game.AudioError, "audio thread");
                Check.That(game.Npc.HasFace && game.Npc.Count == 2, "a face");
                Check.Same("eyeBlinkLeft", game.Npc.CurveNames[1], "names");
                Check.Near(0.5, game.Npc.Values[0], 1e-6, "a value");
                Check.That(game.Npc.LatencyMilliseconds >= 0 && game.Npc.LatencyMilliseconds < 5000, "latency");
                game.Npc.Attention(0.7);
                game.Until(() => Count(stage, "attention") == 1, "attention");
                Utterance speech = game.Npc.Speak(SpeechClip.Of(new float[3200], 1, 16000), "hello");
                game.Until(() => speech.Speech.Finished, "the speech is done: " + speech.Speech.Text);
            }
        }

        private static void Allocation()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (new Performance(stage))
            {
                game.Until(() => game.Pictures > 40 && game.LoudBlocks > 40, "warm");
                int pictures = game.Pictures, blocks = game.Blocks;
                long frames = 0, before = GC.GetAllocatedBytesForCurrentThread(), inAudio = game.AudioAllocated;
                while (game.Pictures < pictures + 40)
                {
                    game.Frame();
                    frames++;
                    Thread.Sleep(2);
                }
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Check.That(allocated < 16 * 40, "the main thread allocated " + allocated + " bytes in " + frames + " frames");
                long audio = game.AudioAllocated - inAudio;
                Check.That(audio < 1000, "the audio thread allocated " + audio + " bytes in " + (game.Blocks - blocks) + " blocks");
            }
        }

        private static void Sizes()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (var show = new Performance(stage))
            {
                game.Until(() => game.Pictures > 2, "pictures");
                show.Side = 8;
                game.Until(() => game.Surface.Width == 8, "the new size");
                Check.Same(2, game.Surface.Made, "textures made");
                Check.That(game.Surface.Fits(game.Npc.Picture, 256), "the bytes fit");
            }
        }

        private static void Paused()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (var show = new Performance(stage))
            {
                game.Until(() => game.LoudBlocks > 3, "heard");
                game.Npc.Life.TimeScale(0f);
                game.Until(() => Count(stage, "pause") == 1, "pause");
                int loud = game.LoudBlocks, blocks = game.Blocks;
                game.Until(() => game.Blocks > blocks + 20, "the audio thread goes on");
                Check.That(game.LoudBlocks <= loud + 1, "heard while paused");
                Check.Same(1, Count(stage, "pause"), "told once");
                game.Npc.Life.TimeScale(1f);
                game.Until(() => Count(stage, "resume") == 1, "resume");
                loud = game.LoudBlocks;
                game.Until(() => game.LoudBlocks > loud + 3, "heard again");
            }
        }

        private static void PausedWithoutFrames()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (new Performance(stage))
            {
                game.Until(() => game.LoudBlocks > 3, "heard");
                game.Halt(true);
                Check.Soon(() => Count(stage, "pause") == 1, "told without a frame");
                int loud = game.LoudBlocks, blocks = game.Blocks;
                Check.Soon(() => game.Blocks > blocks + 20, "the audio thread goes on");
                Check.That(game.LoudBlocks <= loud + 1, "heard while paused");
                game.Halt(false);
                Check.Soon(() => Count(stage, "resume") == 1, "and without one that it goes on");
                loud = game.LoudBlocks;
                game.Until(() => game.LoudBlocks > loud + 3, "heard again");
                Check.Same(1, Count(stage, "pause"), "once");
            }
        }

        private static void Reload()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (new Performance(stage))
            {
                game.Until(() => game.Pictures > 2 && game.LoudBlocks > 2, "running");
                long begin = MonotonicClock.NowMicros;
                game.Reload();
                Check.That(MonotonicClock.NowMicros - begin < 3000000, "a reload waits for nothing");
                int pictures = game.Pictures, loud = game.LoudBlocks;
                game.Until(() => game.Npc.Open && game.Pictures > pictures + 2 && game.LoudBlocks > loud + 2, "running again");
                Check.That(game.Client.Welcome.Returned, "the same session");
                Check.Same(null, game.AudioError, "audio thread");
            }
        }

        private static void Reloads()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (new Performance(stage))
            {
                for (int i = 0; i < 10; i++)
                {
                    game.Reload();
                    if (i % 3 == 0) game.Until(() => game.Npc.Open, "opened");
                }
                int pictures = game.Pictures;
                game.Until(() => game.Pictures > pictures + 2, "pictures");
                Check.Soon(() => stage.Watching == 2, "one connection each of video and cues, not " + stage.Watching);
            }
        }

        private static void Scene()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (new Performance(stage))
            {
                game.Until(() => game.Pictures > 2, "pictures");
                game.LeaveScene();
                game.Until(() => Count(stage, "close_npc") == 1, "closed");
                game.Frame();
            }
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (new Performance(stage))
            {
                game.Until(() => game.Pictures > 2, "pictures");
                game.ChangeScene();
                int pictures = game.Pictures;
                game.Until(() => game.Npc.Open && game.Pictures > pictures + 2, "in the next scene");
                Check.Same(1, Count(stage, "hello"), "over the same connection");
            }
        }

        private static void Restarted()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            {
                game.Until(() => game.Npc.Open, "opened");
                game.Npc.Life.Paused(true);
                game.Until(() => Count(stage, "pause") == 1, "pause");
                stage.Runtime.Run = "run2";
                stage.Runtime.Tell(new Closing { Code = "stopped", Text = "The runtime stops." });
                game.Until(() => !game.Npc.Open, "lost");
                game.Until(() => game.Npc.Open, "opened again");
                game.Until(() => Count(stage, "pause") == 2, "the new run is told of the pause");
                Check.Same(2, Count(stage, "open_npc"), "opened twice");
            }
        }

        private static void Breakpoint()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            using (var show = new Performance(stage))
            {
                game.Until(() => game.Pictures > 2 && game.LoudBlocks > 2, "running");
                game.Breakpoint(2500);
                long newest = show.Last;
                game.Until(() => (long)game.Npc.Picture.Header.Seq >= newest - 3, "the newest picture, soon");
                show.Tone = false; // what waits of the tone is heard late; the next silence catches up
                int pictures = game.Pictures;
                game.Until(() => game.Pictures > pictures + 5, "pictures go on");
                Check.Same(null, game.AudioError, "audio thread");
            }
        }

        private static void Unknown()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "bob", "nobody"))
            {
                game.Until(() => game.Said.Exists(text => text.Contains("no avatar named 'nobody'")), "said");
                Check.That(!game.Npc.Open && game.Npc.Picture == null, "not open");
                foreach (string[] wrong in new[] { new[] { "a b", "" }, new[] { "", "" }, new[] { "bob", "/home/avatars/bob" } })
                {
                    try
                    {
                        new NpcSession(game.Client, wrong[0], wrong[1]);
                    }
                    catch (EchoException error)
                    {
                        Check.That(error.Message.EndsWith("."), error.Message);
                        continue;
                    }
                    throw new CheckFailed("not refused: " + wrong[0] + " " + wrong[1]);
                }
            }
        }

        private static void None()
        {
            using (var game = new FakeEngine(new EchoOptions { Port = 9, Client = "game" }, "mira", ""))
            {
                int blocks = game.Blocks;
                game.Until(() => game.Blocks > blocks + 10, "frames and audio");
                Check.Same(0, game.LoudBlocks, "silence");
                Check.Same(null, game.AudioError, "audio thread");
            }
        }
    }
}
