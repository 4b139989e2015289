using System;

namespace EchoRuntime
{
    /// <summary>
    /// Which samples of an engine's microphone ring are new. A stall of the game (loading, a breakpoint) during which the
    /// ring may have gone around drops what is old: the player's voice is wanted now or not at all. A pure data structure;
    /// times are microseconds.
    /// </summary>
    public sealed class RingReader
    {
        private readonly int _length, _rate;
        private int _read;
        private long _lastMicros;
        private bool _begun;

        /// <param name="length">Samples of the ring.</param>
        /// <param name="rate">Samples per second.</param>
        public RingReader(int length, int rate)
        {
            if (length < 1 || rate < 1) throw new UsageException("A microphone's ring needs a length and a rate.");
            _length = length;
            _rate = rate;
        }

        /// <summary>How often old sound was dropped.</summary>
        public int Skips { get; private set; }

        /// <summary>New samples: `count` from `start` on, not beyond the ring's end; false when there are none.</summary>
        /// <param name="position">Where the engine writes next.</param>
        public bool Next(int position, long nowMicros, out int start, out int count)
        {
            start = count = 0;
            if (position < 0 || position >= _length) return false; // no device, for a moment
            if (!_begun || nowMicros - _lastMicros > 900000L * _length / _rate)
            {
                if (_begun) Skips++;
                _begun = true;
                _read = position;
                _lastMicros = nowMicros;
                return false;
            }
            if (position == _read) return false;
            start = _read;
            count = (position > _read ? position : _length) - _read;
            _read = (start + count) % _length;
            if (_read == position) _lastMicros = nowMicros;
            return true;
        }

        /// <summary>How many samples still wait behind what was returned last.</summary>
        public int Waiting(int position)
        {
            return (position - _read + _length) % _length;
        }

        public void Reset()
        {
            _begun = false;
        }
    }
}
