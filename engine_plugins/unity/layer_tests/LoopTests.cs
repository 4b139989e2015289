using System;
using System.Collections.Generic;
using System.IO;
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
            suite.Add("loop/players: two of one editor have a session, a voice and a pause each", Players);
            suite.Add("loop/player: seen as each headset's set, and heard", PlayerIn);
            suite.Add("loop/restart: another run opens it again and is told of the pause", Restarted);
            suite.Add("loop/breakpoint: the newest picture is shown after it", Breakpoint);
            suite.Add("loop/unknown: an avatar that does not exist is said", Unknown);
            suite.Add("loop/none: without a runtime the game runs on", None);
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

        private static void Players()
        {
            string folder = Path.Combine(Path.GetTempPath(), "echo-players-" + Guid.NewGuid().ToString("N"));
            using (var stage = new FakeStage())
            using (ClientName one = ClientName.Take("game", folder))
            using (ClientName other = ClientName.Take("game", folder))
            using (var first = new FakeEngine(new EchoOptions { Port = stage.Runtime.Port, Client = one.Name }, "mira", ""))
            using (var second = new FakeEngine(new EchoOptions { Port = stage.Runtime.Port, Client = other.Name }, "bob", ""))
            using (new Performance(stage))
            using (new Performance(stage, "bob"))
            {
                first.Until(() =>
                {
                    second.Frame();
                    return first.Pictures > 2 && second.Pictures > 2 && first.LoudBlocks > 2 && second.LoudBlocks > 2;
                }, "both see and hear theirs");
                Check.Same("mira", first.Npc.Picture.Header.Npc, "the first");
                Check.Same("bob", second.Npc.Picture.Header.Npc, "the second");
                first.Halt(true);
                Check.Soon(() => Count(stage, "pause") == 1, "one pauses");
                int pictures = second.Pictures;
                second.Until(() => second.Pictures > pictures + 2, "the other goes on");
                Check.That(first.Npc.Voice.Held && !second.Npc.Voice.Held, "the voices");
                Check.Same(2, Count(stage, "hello"), "nobody was replaced");
            }
            Directory.Delete(folder, true);
        }

        private static void PlayerIn()
        {
            using (var stage = new FakeStage())
            using (var game = new FakeEngine(Options(stage), "mira", ""))
            {
                game.Until(() => game.Npc.Open, "opened");
                var values = new float[Limits.Curves];
                var payload = new byte[4 * Limits.Curves];
                foreach (KeyValuePair<string, int> set in new Dictionary<string, int>
                {
                    { "arkit52", 52 }, { "fb70", 70 }, { "htc51", 51 }, { "androidxr68", 68 },
                })
                {
                    Payload.WriteFloats(values, set.Value, payload, 0);
                    var face = new PlayerFace { Source = "engine", Curves = set.Key, Count = set.Value, Validity = 1 };
                    Check.That(game.Client.Send(face, payload, 0, 4 * set.Value), set.Key);
                }
                Check.That(game.Client.Send(new PlayerAudio { Rate = 16000 }, new byte[640], 0, 640), "sound");
                game.Until(() => Count(stage, "player_face") == 4 && Count(stage, "player_audio") == 1, "all of it comes");
                Check.Refused(() => game.Client.Send(new PlayerFace { Curves = "arkit52", Count = 52 }, payload, 0, 8), "too few values");
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
