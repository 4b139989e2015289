using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace EchoRuntime.CoreTests
{
    /// <summary>The whole client against a scripted runtime: sessions, refusals, commands, speech, and its end.</summary>
    internal static class ClientTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("client/session: greets, keeps the clock, opens what was asked for before", Greets);
            suite.Add("client/session: another run begins anew and opens again", Restarted);
            suite.Add("client/session: no_session is answered with HELLO", NoSession);
            suite.Add("client/session: who was replaced stays quiet", Replaced);
            suite.Add("client/session: a runtime that stopped is waited for", Stopped);
            suite.Add("client/session: a silent runtime is lost, and found again", Silent);
            suite.Add("client/version: another major is refused, whoever says so", Versions);
            suite.Add("client/version: a newer minor is warned of", NewerMinor);
            suite.Add("client/commands: answers find their commands", Commands);
            suite.Add("client/commands: without a runtime they fail at once", Unconnected);
            suite.Add("client/commands: malformed answers are counted", MalformedAnswers);
            suite.Add("client/speech: pieces are paced, and end the utterance", Speech);
            suite.Add("client/speech: an interrupt ends the sending", Interrupted);
            suite.Add("client/speech: what waits is bounded", Bounded);
            suite.Add("client/options: what cannot work is said", Options);
            suite.Add("client/libzmq: a session, another run, and the end", OverLibzmq);
            suite.Add("client/end: from any state within 200 ms", Ends);
            suite.Add("client/end: a hundred clients leave no threads", NoThreads);
        }

        private static EchoClient Client(FakeRuntime runtime)
        {
            return new EchoClient(new EchoOptions { Port = runtime.Port, Client = "tester" });
        }

        private static void Connected(EchoClient client)
        {
            Check.Soon(() => client.Status == ClientStatus.Connected, "connected, not " + client.Status + ": "
                + client.StatusText);
        }

        private static Notice Find(EchoClient client, Func<Notice, bool> wanted, string what)
        {
            Notice found = null;
            Check.Soon(() =>
            {
                for (Notice notice = client.TakeNotice(); notice != null && found == null; notice = found == null ? client.TakeNotice() : null)
                {
                    if (wanted(notice)) found = notice;
                }
                return found != null;
            }, what);
            return found;
        }

        private static void Greets()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Client(runtime))
            {
                client.Open("mira", "avatar1");
                Connected(client);
                Check.Soon(() => runtime.Count("open_npc") == 1, "the NPC is opened");
                Check.Same("avatar1", runtime.Last<OpenNpc>().Avatar, "avatar");
                Check.Same("tester", runtime.Last<Hello>().Client, "client");
                Check.Soon(() => runtime.Count("ping") >= 8 && client.ClockKnown, "pings");
                Check.Soon(() => Math.Abs(MonotonicClock.NowMicros - client.RuntimeNow) < 20000, "the same clock");
                Check.Same("mira", Find(client, notice => notice.Kind == NoticeKind.Opened, "the notice").Npc, "npc");
                Check.Same(1, runtime.Count("hello"), "greetings");
            }
        }

        private static void Restarted()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Client(runtime))
            {
                NpcStreams npc = client.Open("mira");
                Connected(client);
                Check.Soon(() => runtime.Count("open_npc") == 1 && runtime.VideoConnections == 1, "opened");
                npc.Put(new CueEvent { Npc = "mira", Name = "x", Seq = 500, Epoch = 9 });
                Check.Same(9u, npc.Epoch, "epoch");
                runtime.Run = "run2";
                runtime.Tell(new ErrorReply { Code = "no_session", Text = "Say HELLO first." });
                Check.Soon(() => runtime.Count("open_npc") == 2, "opened again");
                Check.Soon(() => runtime.VideoConnections == 2, "subscribed anew");
                Check.Same(0u, npc.Epoch, "the epoch of the new run");
            }
        }

        private static void NoSession()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Client(runtime))
            {
                client.Open("mira");
                Connected(client);
                Find(client, notice => notice.Kind == NoticeKind.Opened, "opened");
                runtime.Tell(new ErrorReply { Code = "no_session", Text = "Say HELLO first." });
                Check.Soon(() => runtime.Count("hello") == 2, "greets again");
                Connected(client);
                Thread.Sleep(100);
                Check.Same(1, runtime.Count("open_npc"), "the same run and session: open still");
                runtime.Tell(new Closing { Code = "stopped", Text = "The runtime was stopped." });
                Check.Soon(() => client.Status == ClientStatus.Lost, "lost");
                client.Open("bob");
                Connected(client);
                Check.Soon(() => runtime.Count("open_npc") == 2, "what was wanted meanwhile is opened");
                Check.Same("bob", runtime.Last<OpenNpc>().Npc, "that alone");
                Check.Same(1, runtime.VideoConnections, "the same sockets");
            }
        }

        private static void Replaced()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                PendingCommand waiting = null;
                runtime.Tell(new Closing { Code = "replaced", Text = "Another connection took over." });
                Check.Soon(() => client.Status == ClientStatus.Refused, "refused");
                Check.Same("Another connection took over.", client.StatusText, "text");
                waiting = client.Begin(new Stats());
                Check.Same("connection_lost", waiting.Code, "commands fail");
                Thread.Sleep(200); // what is on its way arrives
                int hellos = runtime.Count("hello"), pings = runtime.Count("ping");
                Thread.Sleep(1500);
                Check.Same(hellos, runtime.Count("hello"), "no further HELLO");
                Check.Same(pings, runtime.Count("ping"), "no further ping");
            }
        }

        private static void Stopped()
        {
            using (var runtime = new FakeRuntime((message, payload) => message is Stats ? new Message[0] : null))
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                PendingCommand command = client.Begin(new Stats());
                runtime.Tell(new Closing { Code = "stopped", Text = "The runtime was stopped." });
                Check.That(command.Wait(20000), "the command ends");
                Check.Same("connection_lost", command.Code, "code");
                Check.Same("The runtime was stopped.", command.Text, "text");
                Check.Soon(() => runtime.Count("hello") == 2, "it greets again");
                Connected(client);
            }
        }

        private static void Silent()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                runtime.Answers = false; // the transport's heartbeats go on
                Check.Soon(() => client.Status == ClientStatus.Lost, "lost");
                runtime.Answers = true;
                Connected(client);
            }
        }

        private static void Versions()
        {
            var error = new ErrorReply { Code = "version", Text = "Update the client.", Supported = { new ProtocolVersion(2, 0) } };
            using (var runtime = new FakeRuntime((message, payload) => message is Hello ? new Message[] { error } : null))
            using (EchoClient client = Client(runtime))
            {
                Check.Soon(() => client.Status == ClientStatus.Refused, "refused");
                Check.Same("Update the client.", client.StatusText, "text");
                Thread.Sleep(300);
                Check.Same(1, runtime.Count("hello"), "greetings");
            }
            using (var runtime = new FakeRuntime { Proto = new ProtocolVersion(2, 1) })
            using (EchoClient client = Client(runtime))
            {
                Check.Soon(() => client.Status == ClientStatus.Refused, "refused");
                Check.That(client.StatusText.Contains("2.1") && client.StatusText.Contains("1.0"), client.StatusText);
            }
        }

        private static void NewerMinor()
        {
            using (var runtime = new FakeRuntime { Proto = new ProtocolVersion(1, 9) })
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                Check.That(Find(client, notice => notice.Kind == NoticeKind.Warning, "a warning").Text.Contains("1.9"), "it names the version");
            }
        }

        private static void Commands()
        {
            using (var runtime = new FakeRuntime((message, payload) =>
            {
                var interrupt = message as Interrupt;
                if (interrupt != null) return new Message[] { new Ack { Id = interrupt.Id }, new Done { Id = interrupt.Id, Result = new MessageMap().Set("epoch", 4L) } };
                var emotion = message as Emotion;
                if (emotion != null) return new Message[] { new Failed { Id = emotion.Id, Code = "no_npc", Text = "No NPC is open." } };
                return null;
            }))
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                PendingCommand good = client.Begin(new Interrupt { Npc = "mira" }), bad = client.Begin(new Emotion { Npc = "bob", Name = "joy" });
                Check.That(good.Wait(20000) && bad.Wait(20000), "both are answered");
                Check.That(good.Succeeded && good.Result.Whole("epoch") == 4, "done");
                Check.That(!bad.Succeeded && bad.Code == "no_npc" && bad.Text == "No NPC is open.", "failed");
                Check.That(good.Id != bad.Id && good.Id > 1 << 20, "numbers");
                Check.Refused(() => client.Begin(new Emotion { Npc = "a/b", Name = "joy" }), "a bad name");
                Check.Refused(() => client.Begin(new PlayerFace(), new byte[4]), "a bad payload");
                Check.That(client.Send(new PlayerFace { Count = 2 }, new byte[8], 0, 8), "without an answer");
                Check.Soon(() => runtime.Count("player_face") == 1, "it comes");
                Check.Same(0UL, runtime.Last<PlayerFace>().Id, "id");
            }
        }

        private static void Unconnected()
        {
            using (var client = new EchoClient(new EchoOptions { Port = FreePort(), Client = "tester" }))
            {
                PendingCommand command = client.Begin(new Stats());
                Check.That(command.Finished && command.Code == "connection_lost", "it fails at once");
                Check.That(!client.Send(new PlayerAudio(), new byte[2], 0, 2), "nothing is kept");
                Thread.Sleep(1200);
                Check.Same(ClientStatus.Connecting, client.Status, "status");
                int notices = 0;
                for (Notice notice = client.TakeNotice(); notice != null; notice = client.TakeNotice()) notices += notice.Kind == NoticeKind.Status ? 1 : 0;
                Check.Same(1, notices, "it is said once, however often it is tried");
            }
        }

        private static void MalformedAnswers()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                runtime.Tell(new CueEvent { Npc = "mira", Name = "x", Seq = 1 }); // belongs on another socket
                runtime.Tell(new Done { Id = 12345 }); // nobody asked
                runtime.Tell(new Failed { Id = 0, Code = "malformed", Text = "A face was refused." });
                Check.Soon(() => client.Counts.Unknown == 1, "unknown");
                Check.Same("A face was refused.", Find(client, notice => notice.Kind == NoticeKind.Warning, "a warning").Text, "text");
                Check.Same(ClientStatus.Connected, client.Status, "status");
            }
        }

        private static void Speech()
        {
            long bytes = 0, buffered = 0, most = 0, heardAt = 0;
            SpeakBegin begun = null;
            using (var runtime = new FakeRuntime((message, payload) =>
            {
                if (message is SpeakBegin)
                {
                    begun = (SpeakBegin)message;
                    return new Message[] { new Ack { Id = begun.Id } };
                }
                var piece = message as SpeakAudio;
                if (piece != null)
                {
                    long now = MonotonicClock.NowMicros;
                    buffered = Math.Max(0, buffered - (heardAt == 0 ? 0 : now - heardAt)) + payload.Length / 2 * 1000000L / 16000;
                    heardAt = now;
                    bytes += payload.Length;
                    most = Math.Max(most, buffered);
                    return new Message[] { new Ack { Id = piece.Id, BufferedMicros = buffered }, new Done { Id = piece.Id } };
                }
                var end = message as SpeakEnd;
                if (end == null) return null;
                return new Message[] { new Ack { Id = end.Id }, new Done { Id = end.Id }, new Done { Id = begun.Id } };
            }))
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                Stopwatch watch = Stopwatch.StartNew();
                Utterance utterance = client.Speak("mira", 16000, 1, "hello");
                var pcm = new byte[2 * 16000 * 4 + 3]; // four seconds and a half sample
                Check.That(utterance.Append(pcm, 0, 777) && utterance.Append(pcm, 777, pcm.Length - 777), "appended in odd pieces");
                utterance.End();
                Check.That(!utterance.Append(pcm, 0, 2), "nothing after the end");
                Check.That(utterance.Speech.Wait(20000), "it ends");
                Check.That(utterance.Speech.Succeeded, utterance.Speech.Code + utterance.Speech.Text);
                Check.Same(pcm.Length - 1L, bytes, "bytes");
                Check.That(watch.ElapsedMilliseconds > 1500, "paced: " + watch.ElapsedMilliseconds + " ms");
                Check.That(most < 2300000, "at most two seconds waited: " + most);
                Check.Same(utterance.Label, runtime.Last<SpeakEnd>().Utt, "label");
                Check.Same("hello", begun.Text, "text");
            }
        }

        private static void Interrupted()
        {
            SpeakBegin begun = null;
            using (var runtime = new FakeRuntime((message, payload) =>
            {
                begun = message as SpeakBegin ?? begun;
                if (message is SpeakBegin) return new Message[] { new Ack { Id = begun.Id } };
                var piece = message as SpeakAudio;
                if (piece == null) return null;
                return new Message[] { new Failed { Id = begun.Id, Code = "interrupted", Text = "It was interrupted." }, new Failed { Id = piece.Id, Code = "no_utterance", Text = "None is open." } };
            }))
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                Utterance utterance = client.Speak("mira");
                utterance.Append(new byte[320000], 0, 320000);
                Check.That(utterance.Speech.Wait(20000), "it ends");
                Check.Same("interrupted", utterance.Speech.Code, "code");
                Thread.Sleep(200);
                int pieces = runtime.Count("speak_audio");
                Check.That(pieces <= 10, "no more pieces: " + pieces);
                Check.Same(0, runtime.Count("speak_end"), "no end of what is over");
            }
        }

        private static void Bounded()
        {
            using (var runtime = new FakeRuntime((message, payload) => message is SpeakCommand ? new Message[0] : null))
            using (EchoClient client = Client(runtime))
            {
                Connected(client);
                Utterance utterance = client.Speak("mira", 8000);
                var minute = new byte[2 * 8000 * 60];
                int taken = 0;
                while (taken < 100 && utterance.Append(minute, 0, minute.Length)) taken++;
                Check.Same(Utterance.MostSeconds / 60, taken, "minutes");
            }
        }

        private static void Options()
        {
            var cases = new Dictionary<string, EchoOptions>
            {
                { "outside", new EchoOptions { Host = "192.0.2.1" } },
                { "a b", new EchoOptions { Client = "a b" } },
                { "port", new EchoOptions { Port = 0 } },
                { "does not encrypt", new EchoOptions { ServerKey = new string('x', 40), Transport = TransportKind.Managed } },
                { "39 characters", new EchoOptions { ServerKey = new string('x', 39) } },
                { "secret key", new EchoOptions { ServerKey = new string('x', 40) } },
            };
            foreach (KeyValuePair<string, EchoOptions> wrong in cases)
            {
                try
                {
                    new EchoClient(wrong.Value).Dispose();
                }
                catch (UsageException error)
                {
                    Check.That(error.Message.Contains(wrong.Key) && error.Message.EndsWith("."), error.Message);
                    continue;
                }
                throw new CheckFailed("'" + wrong.Key + "' was taken");
            }
            new EchoClient(new EchoOptions { Host = "192.0.2.1", InsecureLan = true }).Dispose();
        }

        private static void OverLibzmq()
        {
            Func<int, EchoClient> make = port =>
            {
                try
                {
                    return new EchoClient(new EchoOptions { Port = port, Client = "tester", Transport = TransportKind.Libzmq });
                }
                catch (UsageException error)
                {
                    throw new Skipped(error.Message);
                }
            };
            End("nobody there", () => make(FreePort()), 50);
            using (var runtime = new FakeRuntime())
            {
                End("connected", () =>
                {
                    EchoClient client = make(runtime.Port);
                    client.Open("mira");
                    Connected(client);
                    Check.Soon(() => runtime.Count("open_npc") == 1 && runtime.VideoConnections == 1, "opened");
                    PendingCommand command = client.Begin(new Stats());
                    Check.That(command.Wait(20000) && command.Succeeded, "a command: " + command.Code);
                    runtime.Run = "run2";
                    runtime.Tell(new ErrorReply { Code = "no_session", Text = "Say HELLO first." });
                    Check.Soon(() => runtime.Count("open_npc") == 2 && runtime.VideoConnections == 2, "the other run");
                    Connected(client);
                    return client;
                }, 100);
                Check.Soon(() => runtime.Count("bye") == 1, "it says goodbye");
            }
        }

        private static void Ends()
        {
            End("nobody there", () => new EchoClient(new EchoOptions { Port = FreePort() }), 30);
            End("an address that swallows everything", () => new EchoClient(new EchoOptions { Host = "192.0.2.1", InsecureLan = true }), 200);
            using (var mute = new FakePeer((self, stream) => Thread.Sleep(5000)))
            {
                End("a peer that never greets", () => new EchoClient(new EchoOptions { Port = mute.Port }), 200);
            }
            using (var runtime = new FakeRuntime())
            {
                Func<EchoClient> connected = () =>
                {
                    EchoClient client = Client(runtime);
                    client.Open("mira");
                    Connected(client);
                    return client;
                };
                End("connected", connected, 0);
                Check.Soon(() => runtime.Count("bye") == 1, "it says goodbye");
                End("connected for a while", connected, 300);
            }
        }

        private static void End(string what, Func<EchoClient> make, int after)
        {
            EchoClient client = make();
            Thread.Sleep(after);
            Stopwatch watch = Stopwatch.StartNew();
            client.Dispose();
            long took = watch.ElapsedMilliseconds;
            client.Dispose();
            Check.Same(ClientStatus.Closed, client.Status, what);
            Check.That(took < 400, what + ": the end took " + took + " ms"); // 200 on a machine that is not busy otherwise
        }

        private static void NoThreads()
        {
            using (var runtime = new FakeRuntime())
            {
                int before = 0;
                for (int i = 0; i < 100; i++)
                {
                    EchoClient client = Client(runtime);
                    if (i % 3 == 0) Connected(client);
                    client.Dispose();
                    if (i == 10) before = Process.GetCurrentProcess().Threads.Count;
                }
                int after = 0;
                Check.Soon(() => (after = Process.GetCurrentProcess().Threads.Count) <= before + 10, "threads end; "
                    + before + " before, " + after + " after");
            }
        }

        private static int FreePort()
        {
            var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            listener.Start();
            int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
            listener.Stop();
            return port;
        }
    }
}
