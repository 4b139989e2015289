using System;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// The thread that always empties one SUB socket: pictures into the slot, cues into their queues. Allocates nothing
    /// for pictures, faces and speech once it has seen their names and sizes. Ends with <see cref="Stop"/>.
    /// </summary>
    internal sealed class StreamReceiver
    {
        private readonly ISubscription _source;
        private readonly Inbox _inbox;
        private readonly ReceiveCounts _counts;
        private readonly Func<long> _offset;
        private readonly Thread _thread;
        private readonly FieldReader _reader = new FieldReader();
        private readonly Coefficients _coefficients = new Coefficients();
        private readonly Speech _speech = new Speech();
        private readonly float[] _values = new float[Limits.Curves];
        private Video _video = new Video();
        private byte[] _topic = new byte[Limits.TopicBytes], _header = new byte[Limits.HeaderBytes], _payload = new byte[4096];
        private volatile bool _stopping;

        /// <param name="source">Belongs to this receiver from now on.</param>
        /// <param name="offset">The runtime's clock less ours in microseconds; long.MinValue while it is not known.</param>
        public StreamReceiver(string name, ISubscription source, Inbox inbox, ReceiveCounts counts, Func<long> offset)
        {
            _source = source;
            _inbox = inbox;
            _counts = counts;
            _offset = offset;
            _thread = new Thread(Run) { IsBackground = true, Name = "echo-" + name };
            _thread.Start();
        }

        public ISubscription Source
        {
            get { return _source; }
        }

        /// <summary>Begins to end; <see cref="Join"/> waits for it.</summary>
        public void Stop()
        {
            _stopping = true;
            _source.Abort();
        }

        public void Join(int milliseconds)
        {
            _thread.Join(milliseconds);
        }

        private void Run()
        {
            try
            {
                while (!_stopping)
                {
                    if (!_source.WaitMessage(100)) continue;
                    try
                    {
                        Take();
                    }
                    catch (UnknownTypeException)
                    {
                        _counts.CountUnknown();
                    }
                    catch (ProtocolException error)
                    {
                        _counts.CountMalformed(error.Message);
                    }
                    catch (Exception error)
                    {
                        // a fault of ours: one message is lost, the thread and with it the game go on
                        _counts.CountMalformed("A message could not be read (" + error.GetType().Name + "): " + error.Message);
                    }
                    _counts.CountMessage();
                }
            }
            finally
            {
                _source.Dispose();
            }
        }

        private void Take()
        {
            int topicSize = 0, headerSize = 0, size = 0;
            if (!Part(ref _topic, Limits.TopicBytes, "topic", out topicSize)) return;
            if (!Part(ref _header, Limits.HeaderBytes, "header", out headerSize)) return;
            if (!_source.NextPart(out size))
            {
                if (_source.Connected) throw Parts();
                return;
            }
            _reader.Open(_header, 0, headerSize);
            switch (_reader.Type)
            {
                case "video":
                    TakePicture(topicSize, size);
                    break;
                case "coefficients":
                    Begin(_coefficients, topicSize, size);
                    if (!Whole(ref _payload, size)) return;
                    Payload.ReadFloats(_payload, 0, _values, _coefficients.Count);
                    _inbox.Of(_coefficients.Npc).Put(_coefficients, _values);
                    break;
                case "speech":
                    Begin(_speech, topicSize, size);
                    if (Whole(ref _payload, size)) _inbox.Of(_speech.Npc).Put(_speech, _payload, size);
                    break;
                case "event":
                    var cue = new CueEvent(); // is handed over to the game
                    Begin(cue, topicSize, size);
                    if (Whole(ref _payload, size)) _inbox.Of(cue.Npc).Put(cue);
                    break;
                default:
                    throw new UnknownTypeException(_reader.Type);
            }
        }

        private void TakePicture(int topicSize, int size)
        {
            Begin(_video, topicSize, size);
            NpcStreams npc = _inbox.Of(_video.Npc);
            Picture picture = npc.BeginPicture();
            if (picture.Buffer.Length / 4 > size) picture.Buffer = new byte[0]; // much smaller than before: give memory back
            if (!Whole(ref picture.Buffer, size)) return;
            if (_video.Format == "jpeg") JpegSize.Check(_video, picture.Buffer, size);
            bool first = !picture.Filled; // its buffer was made just now
            picture.Filled = true;
            Video header = _video;
            _video = picture.Scratch;
            picture.Scratch = header;
            picture.Length = size;
            long offset = _offset(), published = header.Again ? 0 : header.PublishedMicros;
            // read before it is put: from then on the picture may belong to the game
            if (!npc.PutPicture(MonotonicClock.NowMicros)) return;
            if (published > 0 && offset != long.MinValue) _counts.CountLatency(MonotonicClock.NowMicros + offset - published);
            _counts.CountPicture(npc.WarmingUp || first);
        }

        private void Begin(Published message, int topicSize, int size)
        {
            _reader.Fill(message, size);
            if (Topics.Of(message, _topic, topicSize)) return;
            throw new ProtocolException("A message of " + message.Npc + " came under another topic than its own.");
        }

        private bool Part(ref byte[] buffer, int most, string what, out int size)
        {
            if (!_source.NextPart(out size))
            {
                if (_source.Connected) throw Parts();
                return false;
            }
            if (size > most)
            {
                throw new ProtocolException("The " + what + " has " + size + " bytes; at most " + most + " are allowed.");
            }
            return _source.ReadPart(ref buffer, size);
        }

        /// <summary>Reads the payload, which must be the last part.</summary>
        private bool Whole(ref byte[] buffer, int size)
        {
            if (!_source.ReadPart(ref buffer, size)) return false;
            int more;
            if (_source.NextPart(out more)) throw Parts();
            return true;
        }

        private static ProtocolException Parts()
        {
            return new ProtocolException("A published message must have three parts: topic, header and payload.");
        }
    }
}
