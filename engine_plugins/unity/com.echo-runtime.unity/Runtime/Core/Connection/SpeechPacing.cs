namespace EchoRuntime
{
    /// <summary>
    /// When the next piece of an utterance may be sent: about two seconds of sound wait in the runtime, enough to ride out
    /// a pause here and little to throw away there. A pure data structure; times are microseconds on our clock. Not for
    /// several threads at once.
    /// </summary>
    public sealed class SpeechPacing
    {
        public const long AheadMicros = 2000000;
        /// <summary>Length of a piece.</summary>
        public const long PieceMicros = 100000;
        private const int MostUnanswered = 8;
        private readonly bool _realTime;
        private long _waiting, _heardAt, _unansweredMicros, _lastSent;
        private int _unanswered;

        /// <param name="realTime">False with a virtual clock, where what waits does not get less by itself.</param>
        public SpeechPacing(bool realTime)
        {
            _realTime = realTime;
        }

        public bool MaySend(long now)
        {
            if (_unanswered >= MostUnanswered) return false;
            if (!_realTime) return true;
            long left = _waiting - (now - _heardAt);
            return (left > 0 ? left : 0) + _unansweredMicros < AheadMicros;
        }

        /// <summary>Whether pieces are unanswered for longer than any runtime needs.</summary>
        public bool IsStuck(long now)
        {
            return _unanswered > 0 && now - _lastSent > Limits.SilenceMicros;
        }

        public void Sent(long pieceMicros, long now)
        {
            _unanswered++;
            _unansweredMicros += pieceMicros;
            _lastSent = now;
        }

        /// <summary>`bufferedMicros`: what the runtime says waits to be heard.</summary>
        public void Answered(long pieceMicros, long bufferedMicros, long now)
        {
            _unanswered--;
            _unansweredMicros -= pieceMicros;
            _waiting = bufferedMicros;
            _heardAt = now;
        }
    }
}
