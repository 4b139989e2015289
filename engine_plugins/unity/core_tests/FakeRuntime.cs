using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace EchoRuntime.CoreTests
{
    /// <summary>
    /// The runtime's side of the control socket, scripted by a test: it decodes what comes with the same codec, and
    /// answers what the test's function returns. Streams are published by a second peer.
    /// </summary>
    internal sealed class FakeRuntime : IDisposable
    {
        public delegate IEnumerable<Message> Answer(Message message, byte[] payload);

        private readonly FakePeer _control, _video, _cues;
        private readonly Answer _answer;
        private readonly List<Message> _seen = new List<Message>();
        private readonly List<Stream> _clients = new List<Stream>();
        public string Run = "run1";
        public ProtocolVersion Proto = new ProtocolVersion(1, 0);
        /// <summary>Whether pings are answered.</summary>
        public volatile bool Answers = true;

        /// <param name="answer">
        /// For everything but HELLO and pings, which are answered as they should be; may be null.
        /// </param>
        public FakeRuntime(Answer answer = null)
        {
            _answer = answer;
            _video = new FakePeer(Publish);
            _cues = new FakePeer(Publish);
            _control = new FakePeer(Talk);
        }

        public int Port
        {
            get { return _control.Port; }
        }

        public int VideoConnections
        {
            get { return _video.Accepted; }
        }

        /// <summary>How many messages of a type have come.</summary>
        public int Count(string type)
        {
            lock (_seen) return _seen.FindAll(message => message.Type == type).Count;
        }

        public T Last<T>() where T : Message
        {
            lock (_seen) return (T)_seen.FindLast(message => message is T);
        }

        /// <summary>Sends to every client that is connected.</summary>
        public void Tell(Message message)
        {
            lock (_clients) _clients.ForEach(stream => Write(stream, message));
        }

        public void Dispose()
        {
            _control.Dispose();
            _video.Dispose();
            _cues.Dispose();
        }

        private void Talk(FakePeer self, Stream stream)
        {
            var codec = new HeaderCodec();
            FakePeer.ShakeHands(stream, 1, "ROUTER");
            lock (_clients) _clients.Add(stream);
            try
            {
                while (true)
                {
                    int flags;
                    byte[] header = FakePeer.ReadFrame(stream, out flags);
                    if ((flags & Zmtp.Command) != 0)
                    {
                        lock (_clients) FakePeer.Write(stream, Zmtp.CommandFrame("PONG", new byte[0]));
                        continue;
                    }
                    byte[] payload = FakePeer.ReadFrame(stream, out flags);
                    Message message = codec.Read(header, 0, header.Length, payload.Length);
                    lock (_seen) _seen.Add(message);
                    foreach (Message answer in Reply(message, payload))
                    {
                        lock (_clients) Write(stream, answer);
                    }
                }
            }
            finally
            {
                lock (_clients) _clients.Remove(stream);
            }
        }

        private IEnumerable<Message> Reply(Message message, byte[] payload)
        {
            var ping = message as Ping;
            if (ping != null)
            {
                long now = MonotonicClock.NowMicros;
                return Answers ? new Message[] { new Pong { Sent = ping.Sent, Received = now, Answered = now } } : new Message[0];
            }
            if (_answer != null)
            {
                IEnumerable<Message> answers = _answer(message, payload);
                if (answers != null) return answers;
            }
            if (message is Hello) return new Message[] { Greeting(Count("hello") > 1) };
            var command = message as Command;
            return command == null || command.Id == 0 ? new Message[0] : new Message[] { new Ack { Id = command.Id }, new Done { Id = command.Id } };
        }

        public Welcome Greeting(bool returned)
        {
            return new Welcome
            {
                Proto = Proto, Session = "s1", Returned = returned, Run = Run, Now = MonotonicClock.NowMicros,
                Ports = new MessageMap().Set("control", (long)Port).Set("cues", (long)_cues.Port).Set("video", (long)_video.Port),
                CurveSets = new MessageMap(), Formats = new List<string> { "bgra8" }, Caps = new List<string> { "speak" }, Runtime = "1",
            };
        }

        private static void Publish(FakePeer self, Stream stream)
        {
            FakePeer.ShakeHands(stream);
            while (!self.Stopping)
            {
                int flags;
                byte[] frame = FakePeer.ReadFrame(stream, out flags);
                if (frame.Length > 5 && frame[0] == 4) FakePeer.Write(stream, Zmtp.CommandFrame("PONG", new byte[0]));
            }
        }

        private static void Write(Stream stream, Message message)
        {
            FakePeer.Frame(stream, Zmtp.More, new HeaderCodec().Write(message));
            FakePeer.Frame(stream, 0);
        }
    }
}
