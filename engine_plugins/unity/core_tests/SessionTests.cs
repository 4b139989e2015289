using System;
using System.Collections.Generic;
using System.Threading;
using static EchoRuntime.CoreTests.TestClient;

namespace EchoRuntime.CoreTests
{
    /// <summary>The client's session with a scripted runtime: greetings, other runs, refusals, versions, options.</summary>
    internal static class SessionTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("client/session: greets, keeps the clock, opens what was asked for before", Greets);
            suite.Add("client/session: a greeting that is answered twice begins one session", GreetedTwice);
            suite.Add("client/session: another run begins anew and opens again", Restarted);
            suite.Add("client/session: no_session is answered with HELLO", NoSession);
            suite.Add("client/session: who was replaced stays quiet", Replaced);
            suite.Add("client/session: a runtime that stopped is waited for", Stopped);
            suite.Add("client/session: a silent runtime is lost, and found again", Silent);
            suite.Add("client/version: another major is refused, whoever says so", Versions);
            suite.Add("client/version: a newer minor is warned of", NewerMinor);
            suite.Add("client/options: what cannot work is said", Options);
        }

        private static void Greets()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Of(runtime))
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

        /// <summary>HELLO is said again while its answer is long in coming; then both are answered at once.</summary>
        private static void GreetedTwice()
        {
            FakeRuntime runtime = null;
            FakeRuntime.Answer answer = (message, payload) =>
            {
                if (message is Stats) return new Message[0];
                if (!(message is Hello)) return null;
                return runtime.Count("hello") < 2 ? new Message[0] : new Message[] { runtime.Greeting(false), runtime.Greeting(false) };
            };
            using (runtime = new FakeRuntime(answer))
            using (EchoClient client = Of(runtime))
            {
                Connected(client);
                PendingCommand waiting = client.Begin(new Stats());
                runtime.Tell(runtime.Greeting(false));
                PendingCommand later = client.Begin(new Attention { Npc = "mira", Value = 1.0 });
                Check.That(later.Wait(20000) && later.Succeeded, "what came after is answered");
                Check.That(!waiting.Finished, "what is under way is not given up");
                int welcomes = 0;
                for (Notice notice = client.TakeNotice(); notice != null; notice = client.TakeNotice())
                {
                    if (notice.Kind == NoticeKind.Welcome) welcomes++;
                }
                Check.Same(1, welcomes, "sessions told of");
            }
        }

        private static void Restarted()
        {
            using (var runtime = new FakeRuntime())
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
            {
                Check.Soon(() => client.Status == ClientStatus.Refused, "refused");
                Check.Same("Update the client.", client.StatusText, "text");
                Thread.Sleep(300);
                Check.Same(1, runtime.Count("hello"), "greetings");
            }
            using (var runtime = new FakeRuntime { Proto = new ProtocolVersion(2, 1) })
            using (EchoClient client = Of(runtime))
            {
                Check.Soon(() => client.Status == ClientStatus.Refused, "refused");
                Check.That(client.StatusText.Contains("2.1") && client.StatusText.Contains("1.0"), client.StatusText);
            }
        }

        private static void NewerMinor()
        {
            using (var runtime = new FakeRuntime { Proto = new ProtocolVersion(1, 9) })
            using (EchoClient client = Of(runtime))
            {
                Connected(client);
                Check.That(Find(client, notice => notice.Kind == NoticeKind.Warning, "a warning").Text.Contains("1.9"), "it names the version");
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
    }
}
