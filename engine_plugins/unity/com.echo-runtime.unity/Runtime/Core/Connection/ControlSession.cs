using System;

namespace EchoRuntime
{
    /// <summary>
    /// The talk on the control socket: HELLO and WELCOME, pings and the clock, commands and their answers, speech in
    /// pieces. <see cref="Take"/> and <see cref="Tick"/> are for the control thread, all else for any; one lock guards it.
    /// </summary>
    internal sealed partial class ControlSession
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
        private volatile ClientStatus _status;
        private volatile string _statusText;
        private volatile Welcome _welcome;

        /// <param name="welcomed">
        /// Called in the control thread with every WELCOME, and whether the run is another one.
        /// </param>
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

        public ClientStatus Status
        {
            get { return _status; }
        }

        public string StatusText
        {
            get { return _statusText; }
        }

        public Welcome Welcome
        {
            get { return _welcome; }
        }

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

        /// <summary>
        /// Sends a command and keeps its answers. Throws <see cref="ProtocolException"/> for what may not be sent.
        /// </summary>
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

        private void Missing()
        {
            if (_greeted)
            {
                _greeted = false;
                Say(ClientStatus.Lost, "The connection to the runtime is lost; it is tried again.");
            }
            bool silent = MonotonicClock.NowMicros - _heard > Limits.SilenceMicros;
            if (Status == ClientStatus.Lost && silent) Lose("The runtime is gone.");
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
                Say(ClientStatus.Lost, "The runtime has been silent for " + Limits.SilenceMicros / 1000000
                    + " s; it is tried again.");
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
            _status = status;
            _statusText = text;
            _notify(new Notice(NoticeKind.Status, text) { Status = status });
        }
    }
}
