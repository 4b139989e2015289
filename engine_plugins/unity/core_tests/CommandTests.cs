using System;
using System.Diagnostics;
using System.Threading;
using static EchoRuntime.CoreTests.TestClient;

namespace EchoRuntime.CoreTests
{
    /// <summary>Commands and speech of a client, and what a scripted runtime answers.</summary>
    internal static class CommandTests
    {
        public static void Add(Suite suite)
        {
            suite.Add("client/commands: answers find their commands", Commands);
            suite.Add("client/commands: without a runtime they fail at once", Unconnected);
            suite.Add("client/commands: malformed answers are counted", MalformedAnswers);
            suite.Add("client/speech: pieces are paced, and end the utterance", Speech);
            suite.Add("client/speech: an interrupt ends the sending", Interrupted);
            suite.Add("client/speech: what waits is bounded", Bounded);
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
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
            using (EchoClient client = Of(runtime))
            {
                Connected(client);
                Utterance utterance = client.Speak("mira", 8000);
                var minute = new byte[2 * 8000 * 60];
                int taken = 0;
                while (taken < 100 && utterance.Append(minute, 0, minute.Length)) taken++;
                Check.Same(Utterance.MostSeconds / 60, taken, "minutes");
            }
        }
    }
}
