using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>The utterances whose sound is being sent. Guarded by the session's lock.</summary>
    internal sealed class SpeechUploads
    {
        /// <summary>Sends one of an utterance's commands; the returned one is finished already when that failed.</summary>
        public delegate PendingCommand SendPiece(Command command, byte[] payload, Utterance utterance, long micros);

        /// <summary>An utterance broke off.</summary>
        public delegate void BrokeOff(Utterance utterance, string code, string text);

        private static readonly byte[] Nothing = new byte[0];
        private readonly List<Utterance> _running = new List<Utterance>();
        private readonly SendPiece _send;
        private readonly BrokeOff _brokeOff;

        public SpeechUploads(SendPiece send, BrokeOff brokeOff)
        {
            _send = send;
            _brokeOff = brokeOff;
        }

        public bool Any
        {
            get { return _running.Count > 0; }
        }

        public void Add(Utterance utterance)
        {
            _running.Add(utterance);
        }

        public void Remove(Utterance utterance)
        {
            _running.Remove(utterance);
        }

        public void Clear()
        {
            _running.Clear();
        }

        /// <summary>Sends what may be sent now.</summary>
        public void Pump(long now)
        {
            for (int i = _running.Count - 1; i >= 0; i--)
            {
                Utterance utterance = _running[i];
                if (utterance.Speech.Finished) _running.RemoveAt(i);
                else if (utterance.Pacing.IsStuck(now))
                {
                    _running.RemoveAt(i);
                    _brokeOff(utterance, "connection_lost", "The runtime does not answer for the pieces of this speech.");
                }
                else if (utterance.Speech.Acknowledged && Finish(utterance, now)) _running.RemoveAt(i);
            }
        }

        /// <summary>Sends pieces while there is room; true when nothing is left to send.</summary>
        private bool Finish(Utterance utterance, long now)
        {
            while (utterance.HasPiece && utterance.Pacing.MaySend(now))
            {
                byte[] piece = utterance.Next();
                long micros = utterance.MicrosOf(piece.Length);
                utterance.Pacing.Sent(micros, now);
                PendingCommand sent = _send(
                    new SpeakAudio { Npc = utterance.Npc, Utt = utterance.Label }, piece, utterance, micros);
                if (!sent.Finished) continue;
                _brokeOff(utterance, sent.Code, sent.Text);
                return true;
            }
            if (!utterance.IsOver) return false;
            _send(new SpeakEnd { Npc = utterance.Npc, Utt = utterance.Label }, Nothing, utterance, 0);
            return true;
        }
    }
}
