using System;
using System.Collections.Generic;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// A connection to one runtime, made again whenever it breaks. Everything runs on threads of its own: no method waits
    /// for the network but <see cref="Dispose"/>, which takes 200 ms at most. The game polls: notices of the connection
    /// here, pictures, faces and cues at each NPC's <see cref="NpcStreams"/>. Methods are for any thread.
    /// </summary>
    public sealed class EchoClient : IDisposable
    {
        private readonly object _gate = new object();
        private readonly EchoOptions _options;
        private readonly ITransport _transport;
        private readonly IControlLink _link;
        private readonly ControlSession _session;
        private readonly Inbox _inbox = new Inbox();
        private readonly ReceiveCounts _counts = new ReceiveCounts();
        private readonly CueQueue<Notice> _notices = new CueQueue<Notice>();
        private readonly StreamReceivers _streams;
        private readonly Dictionary<string, string> _wanted = new Dictionary<string, string>(); // the avatar of each NPC
        private readonly List<string> _opened = new List<string>();
        private readonly Thread _thread;
        private readonly Random _labels = new Random();
        private Welcome _connectedTo;
        private volatile bool _stopping;
        private bool _disposed;

        /// <summary>
        /// Begins to connect. Throws <see cref="UsageException"/> for options with which that cannot work.
        /// </summary>
        public EchoClient(EchoOptions options)
        {
            _options = options;
            _transport = options.MakeTransport();
            _streams = new StreamReceivers(Receive);
            try
            {
                _link = _transport.Control(options.Host, options.Port);
            }
            catch (UsageException)
            {
                _transport.Dispose();
                throw;
            }
            _session = new ControlSession(_link, options, Notify, Welcomed) { Counts = _counts };
            _thread = new Thread(Run) { IsBackground = true, Name = "echo-control" };
            _thread.Start();
        }

        public ClientStatus Status
        {
            get { return _session.Status; }
        }

        /// <summary>Why, in one sentence; "" while connected.</summary>
        public string StatusText
        {
            get { return _session.StatusText; }
        }

        /// <summary>What the runtime last said of itself; null before the first time.</summary>
        public Welcome Welcome
        {
            get { return _session.Welcome; }
        }

        public ReceiveCounts Counts
        {
            get { return _counts; }
        }

        /// <summary>Whether the runtime's clock is known.</summary>
        public bool ClockKnown
        {
            get { return Offset() != long.MinValue; }
        }

        /// <summary>The runtime's clock in microseconds; our own while it is not known.</summary>
        public long RuntimeNow
        {
            get
            {
                long offset = Offset();
                return MonotonicClock.NowMicros + (offset == long.MinValue ? 0 : offset);
            }
        }

        /// <summary>The oldest notice that was not taken; null when there is none. At most 256 wait.</summary>
        public Notice TakeNotice()
        {
            lock (_notices) return _notices.Take();
        }

        // NPCs --------------------------------------------------------------------------------------------------------

        /// <summary>Subscribes to an NPC's streams, which somebody else may have opened.</summary>
        public NpcStreams Subscribe(string npc, bool video = true, bool cues = true)
        {
            if (!FieldRules.IsName(npc)) throw FieldRules.NotName("subscribe", "npc", npc);
            NpcStreams streams = _inbox.Want(npc);
            if (video) _streams.Subscribe(Topics.Video, npc);
            if (cues) _streams.Subscribe(Topics.Cues, npc);
            return streams;
        }

        /// <summary>Subscribes to an NPC and opens it, now and whenever a runtime is connected anew.</summary>
        /// <param name="avatar">"" takes the avatar of the NPC's own name.</param>
        public NpcStreams Open(string npc, string avatar = "")
        {
            NpcStreams streams = Subscribe(npc);
            lock (_gate)
            {
                _wanted[npc] = avatar;
                _opened.Remove(npc);
            }
            if (Status == ClientStatus.Connected) Begin(new OpenNpc { Npc = npc, Avatar = avatar });
            return streams;
        }

        /// <summary>Subscribes to a stream of all NPCs: <see cref="Topics.Video"/> or <see cref="Topics.Cues"/>.</summary>
        public void SubscribeAll(string stream)
        {
            _streams.Subscribe(stream, "");
        }

        /// <summary>Closes an NPC and forgets its streams.</summary>
        public void Close(string npc)
        {
            lock (_gate)
            {
                _wanted.Remove(npc);
                _opened.Remove(npc);
            }
            _streams.Unsubscribe(npc);
            _inbox.Release(npc);
            if (Status == ClientStatus.Connected) Begin(new CloseNpc { Npc = npc });
        }

        /// <summary>The NPCs of which something is wanted or came.</summary>
        public List<NpcStreams> Npcs
        {
            get { return _inbox.All(); }
        }

        // Commands ----------------------------------------------------------------------------------------------------

        /// <summary>
        /// Sends a command. Its answers come to the returned object and, once finished, as a notice. Throws
        /// <see cref="ProtocolException"/> for values that may not be sent.
        /// </summary>
        public PendingCommand Begin(Command command, byte[] payload = null)
        {
            return _session.Begin(command, payload, 0, payload == null ? 0 : payload.Length);
        }

        /// <summary>Sends a command that this version has no class of; its `id` is set.</summary>
        public PendingCommand Begin(MessageMap header, byte[] payload = null)
        {
            Command known = MessageTable.NewCommand(header.Text("t"));
            if (known == null) return _session.Begin(header, payload, 0, payload == null ? 0 : payload.Length);
            var codec = new HeaderCodec();
            byte[] bytes = codec.Write(header);
            return Begin((Command)codec.Read(bytes, 0, bytes.Length, payload == null ? 0 : payload.Length), payload);
        }

        /// <summary>
        /// Sends what wants no answer, such as the player's face and voice. False when it could not be sent.
        /// </summary>
        public bool Send(Command command, byte[] payload, int offset, int count)
        {
            return _session.Send(command, payload, offset, count);
        }

        /// <summary>
        /// Begins an utterance; its sound is appended to what is returned, and sent as the runtime has room for it.
        /// </summary>
        public Utterance Speak(string npc, int rate = 16000, int channels = 1, string text = "")
        {
            uint label;
            lock (_labels) label = (uint)_labels.Next(1, int.MaxValue);
            var begin = new SpeakBegin { Npc = npc, Utt = label, Rate = rate, Channels = channels, Text = text };
            Welcome welcome = Welcome;
            var utterance = new Utterance(npc, label, rate, channels, welcome == null || !welcome.Caps.Contains("advance"));
            _session.Speak(utterance, begin);
            return utterance;
        }

        /// <summary>
        /// Says goodbye and ends all threads and connections; within 200 ms, from any state, any number of times.
        /// </summary>
        public void Dispose()
        {
            lock (_gate)
            {
                if (_disposed) return;
                _disposed = true;
            }
            bool standing = _link.Connected;
            _session.Leave();
            _stopping = true;
            List<StreamReceiver> receivers = _streams.End();
            if (!standing) _link.Abort();
            if (!_thread.Join(120))
            {
                _link.Abort();
                _thread.Join(30);
            }
            // libzmq's end waits until every socket is closed: not at the game's cost
            var end = new Thread(() =>
            {
                receivers.ForEach(receiver => receiver.Join(5000));
                _thread.Join(5000);
                _transport.Dispose();
            }) { IsBackground = true, Name = "echo-end" };
            end.Start();
            end.Join(50);
        }

        private long Offset()
        {
            return Volatile.Read(ref _session.OffsetMicros);
        }

        private void Notify(Notice notice)
        {
            if (notice.Kind == NoticeKind.Opened)
            {
                lock (_gate)
                {
                    if (_wanted.ContainsKey(notice.Npc) && !_opened.Contains(notice.Npc)) _opened.Add(notice.Npc);
                }
            }
            lock (_notices) _notices.Put(notice);
        }

        // In the control thread ---------------------------------------------------------------------------------------

        private void Run()
        {
            try
            {
                while (!_stopping)
                {
                    try
                    {
                        if (_link.WaitMessage(_session.Patience())) _session.Take();
                        _session.Tick();
                        if (_session.TakenOver && !_stopping) FallQuiet();
                    }
                    catch (EchoException error)
                    {
                        Notify(new Notice(NoticeKind.Warning, error.Message)); // and goes on: the game must not end with it
                    }
                }
            }
            finally
            {
                _link.Dispose();
            }
        }

        /// <summary>Somebody else has the session: nothing more is received.</summary>
        private void FallQuiet()
        {
            _streams.Stop();
            _link.Abort();
            Thread.Sleep(20);
        }

        /// <summary>The streams are where WELCOME says; in another run they begin anew.</summary>
        private void Welcomed(Welcome welcome, bool anotherRun)
        {
            Welcome before = _connectedTo;
            _connectedTo = welcome;
            if (anotherRun || before == null || !SamePorts(before, welcome))
            {
                _streams.Stop();
                if (before != null && anotherRun) _inbox.Reset();
                _streams.Start(welcome.Ports);
            }
            OpenWanted(anotherRun || !welcome.Returned);
        }

        /// <summary>Opens what is not open; in a new session, everything.</summary>
        private void OpenWanted(bool newSession)
        {
            var missing = new List<OpenNpc>();
            lock (_gate)
            {
                if (newSession) _opened.Clear();
                foreach (KeyValuePair<string, string> npc in _wanted)
                {
                    if (!_opened.Contains(npc.Key)) missing.Add(new OpenNpc { Npc = npc.Key, Avatar = npc.Value });
                }
            }
            missing.ForEach(open => Begin(open));
        }

        private StreamReceiver Receive(string stream, int port)
        {
            bool video = stream == Topics.Video;
            bool all = !video || Welcome.Caps.Contains("advance"); // with a virtual clock every picture counts
            int backlog = all ? Limits.CuesBacklog : Limits.VideoBacklog;
            int largestPart = video ? Limits.VideoBytes : Limits.SoundBytes;
            ISubscription source = _transport.Subscription(_options.Host, port, backlog, largestPart);
            return new StreamReceiver(stream, source, _inbox, _counts, Offset);
        }

        private static bool SamePorts(Welcome a, Welcome b)
        {
            return a.Ports.Whole(Topics.Video) == b.Ports.Whole(Topics.Video)
                && a.Ports.Whole(Topics.Cues) == b.Ports.Whole(Topics.Cues);
        }
    }
}
