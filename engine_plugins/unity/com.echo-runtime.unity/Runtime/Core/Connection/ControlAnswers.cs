namespace EchoRuntime
{
    /// <summary>What the runtime says, and what follows from it.</summary>
    internal sealed partial class ControlSession
    {
        /// <summary>Reads the message that waits on the link.</summary>
        public void Take()
        {
            try
            {
                int size, payload = 0, more;
                if (!_link.NextPart(out size)) return;
                if (size > Limits.HeaderBytes)
                {
                    throw new ProtocolException(
                        "The header has " + size + " bytes; at most " + Limits.HeaderBytes + " are allowed.");
                }
                if (!_link.ReadPart(ref _header, size)) return;
                if (_link.NextPart(out payload))
                {
                    if (payload > 0)
                    {
                        throw new ProtocolException("An answer has a payload of " + payload + " bytes; none is allowed.");
                    }
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
                Say(ClientStatus.Refused, "The runtime speaks protocol " + welcome.Proto + " and this client "
                    + _options.Proto + ": update the " + older + ".");
                return;
            }
            bool another = Welcome == null || Welcome.Run != welcome.Run;
            bool same = !another && Welcome.Session == welcome.Session;
            if (_greeted && same) return; // the answer to a HELLO that was said twice
            if (!same) Lose("The runtime was restarted before it answered.");
            if (another)
            {
                _clock.Reset();
                if (welcome.Proto.Minor != _options.Proto.Minor)
                {
                    _notify(new Notice(NoticeKind.Warning, "The runtime speaks protocol " + welcome.Proto
                        + " and this client " + _options.Proto
                        + ": they work together, without what is new in the later one."));
                }
            }
            _welcome = welcome;
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
            var pending = new PendingCommand(command.Id, command.Type, utterance.Npc);
            pending.Upload = utterance;
            pending.UploadMicros = micros;
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
            NoticeKind kind = opened ? NoticeKind.Opened : NoticeKind.Answered;
            _notify(new Notice(kind, pending.Text) { Npc = pending.Npc, Command = pending });
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
    }
}
