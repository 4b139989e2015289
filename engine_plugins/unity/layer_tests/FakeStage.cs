using System;
using System.Collections.Generic;
using System.IO;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>A scripted runtime with streams: answers commands, and publishes what a test says.</summary>
    internal sealed class FakeStage : IDisposable
    {
        private readonly FakePeer _video, _cues;
        private readonly Dictionary<FakePeer, List<Stream>> _watching = new Dictionary<FakePeer, List<Stream>>();
        private readonly List<string> _seen = new List<string>();
        public readonly FakeRuntime Runtime;
        public string Avatar = "mira";

        public FakeStage()
        {
            _video = new FakePeer(Publish);
            _cues = new FakePeer(Publish);
            Runtime = new FakeRuntime(Answer);
        }

        public void Published(Published header, byte[] payload)
        {
            bool video = header is Video;
            byte[] topic = Topics.Bytes(video ? Topics.Video : Topics.Cues, header.Npc), bytes = new HeaderCodec().Write(header);
            lock (_watching)
            {
                List<Stream> streams;
                if (!_watching.TryGetValue(video ? _video : _cues, out streams)) return;
                foreach (Stream stream in streams.ToArray())
                {
                    try
                    {
                        FakePeer.Frame(stream, Zmtp.More, topic);
                        FakePeer.Frame(stream, Zmtp.More, bytes);
                        FakePeer.Frame(stream, 0, payload);
                    }
                    catch (IOException)
                    {
                        streams.Remove(stream);
                    }
                    catch (ObjectDisposedException) // closed by the client just now
                    {
                        streams.Remove(stream);
                    }
                }
            }
        }

        /// <summary>Types of the commands that came, in order, without pings.</summary>
        public string[] Seen()
        {
            lock (_seen) return _seen.ToArray();
        }

        public int Watching
        {
            get
            {
                lock (_watching)
                {
                    int count = 0;
                    foreach (List<Stream> streams in _watching.Values) count += streams.Count;
                    return count;
                }
            }
        }

        public void Dispose()
        {
            Runtime.Dispose();
            _video.Dispose();
            _cues.Dispose();
        }

        private IEnumerable<Message> Answer(Message message, byte[] payload)
        {
            if (!(message is Ping))
            {
                lock (_seen) _seen.Add(message.Type);
            }
            if (message is Hello)
            {
                Welcome welcome = Runtime.Greeting(Runtime.Count("hello") > 1);
                welcome.Ports = new MessageMap().Set("control", (long)Runtime.Port).Set("cues", (long)_cues.Port)
                    .Set("video", (long)_video.Port);
                welcome.Caps = new List<string> { "speak", "pause", "attention", "interrupt" };
                welcome.CurveSets = new MessageMap().Set("arkit52", new List<object> { "jawOpen", "eyeBlinkLeft" });
                return new Message[] { welcome };
            }
            var open = message as OpenNpc;
            if (open == null || open.Avatar == Avatar || open.Avatar == "") return null;
            return new Message[] { new Failed { Id = open.Id, Code = "package", Text = "There is no avatar named '" + open.Avatar + "'." } };
        }

        private void Publish(FakePeer self, Stream stream)
        {
            FakePeer.ShakeHands(stream);
            int flags;
            FakePeer.ReadFrame(stream, out flags); // the first subscription
            lock (_watching)
            {
                if (!_watching.ContainsKey(self)) _watching[self] = new List<Stream>();
                _watching[self].Add(stream);
            }
            while (!self.Stopping)
            {
                byte[] frame = FakePeer.ReadFrame(stream, out flags);
                if (frame.Length > 5 && frame[0] == 4)
                {
                    lock (_watching) FakePeer.Write(stream, Zmtp.CommandFrame("PONG", new byte[0]));
                }
            }
        }
    }
}
