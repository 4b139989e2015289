using System;

namespace EchoRuntime
{
    /// <summary>
    /// The talk on the control socket: HELLO and WELCOME, pings and the clock, commands and their answers, speech in
    /// pieces. <see cref="Take"/> and <see cref="Tick"/> are for the control thread, all else for any; one lock guards it.
    /// </summary>
    internal sealed class ControlSession
    {
        private const long HelloAgainMicros = 1000000, RefusedAgainMicros = 10000000, FullAgainMicros = 2000000;
        private const long FirstPingsMicros = 20000;
        private const int FirstPings = 8;
        private readonly object _gate = new object();
        private readonly IControlLink _link;
        private readonly EchoOptions _options;
        private readonly FieldReader _reader = new FieldReader();
        private readonly FieldWriter _writer = new FieldWriter();
        private readonly Pong _pong = new Pong();
        private readonly ClockOffset _clock = new ClockOffset();
        private readonly PendingCommands _pending = new PendingCommands();
        private readonly SpeechUploads _uploads;
        private readonly Action<Notice> _notify;
        private readonly Action<Welcome, bool> _welcomed;
        private byte[] _header = new byte[Limits.HeaderBytes];
        private byte[] _rest = new byte[0];
        private bool _greeted, _quiet, _takenOver;
        private int _connection, _pings;
        private long _heard, _nextHello, _nextPing;
        private string _statusText;

        /// <param name="welcomed">Called in the control thread with every WELCOME, and whether the run is another one.</param>
        public ControlSession(IControlLink link, EchoOptions options, Action<Notice> notify, Action<Welcome, bool> welcomed)
        {
            _link = link;
            _options = options;
            _notify = notify;
            _welcomed = welcomed;
            _uploads = new SpeechUploads(SendPiece, Break);
            OffsetMicros = long.MinValue;
            Say(ClientStatus.Connecting, "No runtime answers at " + options.Host + ":" + options.Port
                + " yet: start one with 'echo-runtime run'.");
        }

        public ClientStatus Status { get; private set; }

        public string StatusText
        {
            get { return _statusText; }
        }

        public Welcome Welcome { get; private set; }

        public ReceiveCounts Counts = new ReceiveCounts();

        /// <summary>The runtime's clock less ours; long.MinValue while it is not known.</summary>
        public long OffsetMicros;

        /// <summary>The session was taken over or the key removed: nothing is to be sent or received any more.</summary>
        public bool TakenOver
        {
            get { return _takenOver; }
        }

        /// <summary>Milliseconds until there is something to do.</summary>
        public int Patience()
        {
            lock (_gate)
            {
                if (_uploads.Any) return 5;
                if (!_greeted) return 20;
                long left = (_nextPing - MonotonicClock.NowMicros) / 1000;
                return (int)Math.Max(1, Math.Min(left, 50));
            }
        }

        // Sending -----------------------------------------------------------------------------------------------------

        /// <summary>Sends a command and keeps its answers. Throws <see cref="ProtocolException"/> for what may not be sent.</summary>
        public PendingCommand Begin(Command command, byte[] payload, int offset, int count)
        {
            command.CheckPayload(count);
            lock (_gate)
            {
                command.Id = _pending.NextId();
                var npcCommand = command as NpcCommand;
                var pending = new PendingCommand(command.Id, command.Type, npcCommand != null ? npcCommand.Npc : "");
                Register(pending, _writer.Write(command), payload, offset, count);
                return pending;
            }
        }

        /// <summary>Sends a command of free content; `id` is set. For what this version has no class of.</summary>
        public PendingCommand Begin(MessageMap header, byte[] payload, int offset, int count)
        {
            lock (_gate)
            {
                ulong id = _pending.NextId();
                header.Set("id", (long)id);
                var pending = new PendingCommand(id, header.Text("t"), header.Text("npc"));
                Register(pending, _writer.Write(header), payload, offset, count);
                return pending;
            }
        }

        /// <summary>Sends a command that wants no answer. False when it could not be sent.</summary>
        public bool Send(Command command, byte[] payload, int offset, int count)
        {
            command.CheckPayload(count);
            lock (_gate)
            {
                command.Id = 0;
                return _greeted && _link.Send(_writer.Buffer, _writer.Write(command), payload, offset, count);
            }
        }

        public void Speak(Utterance utterance, SpeakBegin begin)
        {
            lock (_gate)
            {
                utterance.Speech = Begin(begin, null, 0, 0);
                if (!utterance.Speech.Finished) _uploads.Add(utterance);
            }
        }

        /// <summary>The session ends; `bye` leaves if somebody is there.</summary>
        public void Leave()
        {
            lock (_gate)
            {
                if (_greeted && !_quiet) _link.Send(_writer.Buffer, _writer.Write(new Bye()), null, 0, 0);
                _quiet = true;
                Lose("The client was closed.");
                Say(ClientStatus.Closed, "");
            }
        }

        private void Register(PendingCommand pending, int length, byte[] payload, int offset, int count)
        {
            if (!_greeted) pending.Fail("connection_lost", "No runtime is connected.");
            else if (_pending.IsFull) pending.Fail("busy", "Too many commands are unanswered: send more slowly.");
            else if (!_link.Send(_writer.Buffer, length, payload, offset, count))
            {
                pending.Fail("busy", "The connection takes no more commands: send more slowly.");
            }
            else _pending.Add(pending);
            if (pending.Finished) Answered(pending);
        }

        // In the control thread ---------------------------------------------------------------------------------------

        /// <summary>What time has made due: greetings, pings, pieces of speech, the end of patience.</summary>
        public void Tick()
        {
            lock (_gate)
            {
                if (_quiet) return;
                long now = MonotonicClock.NowMicros;
                bool connected = _link.Connected;
                if (connected && _link.Connections != _connection)
                {
                    _connection = _link.Connections;
                    _greeted = false;
                    _nextHello = now;
                }
                if (!connected) Missing();
                else if (!_greeted && now >= _nextHello) SayHello(now);
                else if (_greeted) KeepUp(now);
            }
        }

        /// <summary>Reads the message that waits on the link.</summary>
        public void Take()
        {
            try
            {
                int size, payload = 0, more;
                if (!_link.NextPart(out size)) return;
                if (size > Limits.HeaderBytes)
                {
                    throw new ProtocolException("The header has " + size + " bytes; at most " + Limits.HeaderBytes + " are allowed.");
                }
                if (!_link.ReadPart(ref _header, size)) return;
                if (_link.NextPart(out payload))
                {
                    if (payload > 0) throw new ProtocolException("An answer has a payload of " + payload + " bytes; none is allowed.");
                    if (!_link.ReadPart(ref _rest, 0)) return;
                    if (_link.NextPart(out more)) throw new ProtocolException("A control message has more than two parts.");
                }
                _reader.Open(_header, 0, size);
                lock (_gate) Meet();
            }
            catch (UnknownTypeException)
            {
                Counts.CountUnknown();
            }
            catch (ProtocolException error)
            {
                Counts.CountMalformed(error.Message);
            }
        }

        private void Meet()
        {
            if (_quiet) return;
            long now = MonotonicClock.NowMicros;
            if (_reader.Type == "pong") // every second: without a new object
            {
                _reader.Fill(_pong, 0);
                _heard = now;
                _clock.Add(_pong.Sent, _pong.Received, _pong.Answered, now);
                System.Threading.Volatile.Write(ref OffsetMicros, _clock.OffsetMicros);
                if (_greeted && Status == ClientStatus.Lost) Say(ClientStatus.Connected, "");
                return;
            }
            Message message = MessageTable.NewReply(_reader.Type);
            if (message == null) throw new UnknownTypeException(_reader.Type);
            _reader.Fill(message, 0);
            _heard = now;
            if (message is Welcome) SettleIn((Welcome)message, now);
            else if (message is Ack) Acknowledged((Ack)message, now);
            else if (message is Done) Finish(((Done)message).Id, (Done)message, null);
            else if (message is Failed) Finish(((Failed)message).Id, null, (Failed)message);
            else if (message is ErrorReply) Refused((ErrorReply)message, now);
            else if (message is Closing) Closed((Closing)message);
        }

        private void SettleIn(Welcome welcome, long now)
        {
            if (welcome.Proto.Major != _options.Proto.Major)
            {
                string older = welcome.Proto.Major < _options.Proto.Major ? "runtime" : "client";
                _nextHello = now + RefusedAgainMicros;
                Say(ClientStatus.Refused, "The runtime speaks protocol " + welcome.Proto + " and this client " + _options.Proto
                    + ": update the " + older + ".");
                return;
            }
            bool another = Welcome == null || Welcome.Run != welcome.Run;
            if (another || !welcome.Returned) Lose("The runtime was restarted before it answered.");
            if (another)
            {
                _clock.Reset();
                if (welcome.Proto.Minor != _options.Proto.Minor)
                {
                    _notify(new Notice(NoticeKind.Warning, "The runtime speaks protocol " + welcome.Proto + " and this client "
                        + _options.Proto + ": they work together, without what is new in the later one."));
                }
            }
            Welcome = welcome;
            _greeted = true;
            _pings = 0;
            _nextPing = now;
            Say(ClientStatus.Connected, "");
            _notify(new Notice(NoticeKind.Welcome, "") { Welcome = welcome });
            _welcomed(welcome, another);
        }

        private void Acknowledged(Ack ack, long now)
        {
            PendingCommand pending = _pending.Find(ack.Id);
            if (pending == null) return;
            pending.Acknowledge();
            if (pending.UploadMicros > 0) pending.Upload.Pacing.Answered(pending.UploadMicros, ack.BufferedMicros, now);
        }

        private void Finish(ulong id, Done done, Failed failed)
        {
            PendingCommand pending = _pending.Find(id);
            if (pending == null)
            {
                if (failed != null) _notify(new Notice(NoticeKind.Warning, failed.Text)); // of a command that wants no answer
                return;
            }
            _pending.Remove(id);
            if (done != null) pending.Succeed(done.Result);
            else pending.Fail(failed.Code, failed.Text);
            if (failed != null && pending.Upload != null)
            {
                Break(pending.Upload, failed.Code, failed.Text);
                return;
            }
            Answered(pending);
        }

        private PendingCommand SendPiece(Command command, byte[] payload, Utterance utterance, long micros)
        {
            command.Id = _pending.NextId();
            var pending = new PendingCommand(command.Id, command.Type, utterance.Npc) { Upload = utterance, UploadMicros = micros };
            Register(pending, _writer.Write(command), payload, 0, payload.Length);
            return pending;
        }

        /// <summary>A piece of an utterance failed: the rest is not sent.</summary>
        private void Break(Utterance utterance, string code, string text)
        {
            _uploads.Remove(utterance);
            PendingCommand speech = utterance.Speech;
            if (speech.Finished || code == "no_utterance") return; // what ended it says so itself
            _pending.Remove(speech.Id);
            speech.Fail(code, text);
            Answered(speech);
        }

        private void Answered(PendingCommand pending)
        {
            if (pending.Upload != null) return; // a piece of speech; the utterance is what counts
            bool opened = pending.Type == "open_npc" && pending.Succeeded;
            _notify(new Notice(opened ? NoticeKind.Opened : NoticeKind.Answered, pending.Text) { Npc = pending.Npc, Command = pending });
        }

        private void Refused(ErrorReply error, long now)
        {
            if (error.Code == "no_session")
            {
                // the runtime was restarted, or took us for gone: it knows nothing of what was under way
                if (!_greeted) return;
                Lose("The runtime was restarted before it answered.");
                _greeted = false;
                SayHello(now);
            }
            else if (_greeted) _notify(new Notice(NoticeKind.Warning, error.Text));
            else
            {
                _nextHello = now + (error.Code == "too_many_clients" ? FullAgainMicros : RefusedAgainMicros);
                Say(ClientStatus.Refused, error.Text);
            }
        }

        private void Closed(Closing closing)
        {
            _greeted = false;
            Lose(closing.Text);
            _quiet = _takenOver = closing.Code == "replaced" || closing.Code == "key_removed";
            _nextHello = MonotonicClock.NowMicros + HelloAgainMicros;
            Say(_quiet ? ClientStatus.Refused : ClientStatus.Lost, closing.Text);
        }

        private void Missing()
        {
            if (_greeted)
            {
                _greeted = false;
                Say(ClientStatus.Lost, "The connection to the runtime is lost; it is tried again.");
            }
            if (Status == ClientStatus.Lost && MonotonicClock.NowMicros - _heard > Limits.SilenceMicros) Lose("The runtime is gone.");
            // a refusal in the handshake is news; that nobody is there is not
            if (_link.Refused) Say(ClientStatus.Refused, _link.Trouble);
        }

        private void SayHello(long now)
        {
            _nextHello = now + HelloAgainMicros;
            var hello = new Hello { Proto = _options.Proto, Client = _options.Client };
            _link.Send(_writer.Buffer, _writer.Write(hello), null, 0, 0);
        }

        private void KeepUp(long now)
        {
            if (Status == ClientStatus.Connected && now - _heard > Limits.SilenceMicros)
            {
                Lose("The runtime fell silent before it answered.");
                Say(ClientStatus.Lost, "The runtime has been silent for " + Limits.SilenceMicros / 1000000 + " s; it is tried again.");
            }
            if (now >= _nextPing)
            {
                // the first eight come quickly, so that the offset is good at once
                _nextPing = now + (_pings++ < FirstPings ? FirstPingsMicros : Limits.PingMicros);
                _link.Send(_writer.Buffer, _writer.Write(new Ping { Sent = MonotonicClock.NowMicros }), null, 0, 0);
            }
            _uploads.Pump(now);
        }

        /// <summary>Whatever was under way will not be answered any more.</summary>
        private void Lose(string text)
        {
            _uploads.Clear();
            foreach (PendingCommand pending in _pending.Lose(text)) Answered(pending);
        }

        private void Say(ClientStatus status, string text)
        {
            if (_statusText != null && Status == status && _statusText == text) return;
            Status = status;
            _statusText = text;
            _notify(new Notice(NoticeKind.Status, text) { Status = status });
        }
    }
}
