using System;

namespace EchoRuntime
{
    /// <summary>
    /// Frames waiting for their time. Shows the newest one that is due, and never an older one than it has shown. A pure
    /// data structure; times are microseconds on the runtime's clock. Not for several threads at once.
    /// </summary>
    /// <typeparam name="T">What is queued; the queue only holds it.</typeparam>
    public sealed class FrameQueue<T> where T : class
    {
        private struct Entry
        {
            public long Pts;
            public T Item;
        }

        private readonly Entry[] _ring;
        private readonly Action<T> _release;
        private int _first;
        private bool _hasShown;
        private long _shownPts;
        private T _shown;
        private uint _epoch;

        /// <param name="size">How many may wait; beyond, the oldest is dropped.</param>
        /// <param name="release">
        /// Called with each item that the queue will not show (again): its buffers may be used anew.
        /// </param>
        public FrameQueue(int size = 64, Action<T> release = null)
        {
            _ring = new Entry[size];
            _release = release;
        }

        public int Count { get; private set; }

        public uint Epoch
        {
            get { return _epoch; }
        }

        /// <summary>
        /// False if it is of a lower epoch, or not newer than the last. A higher epoch throws away what waits.
        /// </summary>
        public bool Push(long ptsMicros, T item, uint epoch)
        {
            if (epoch < _epoch) return false;
            if (epoch > _epoch)
            {
                RaiseEpoch(epoch);
                if (_hasShown && ptsMicros <= _shownPts) _hasShown = false; // time may begin anew
            }
            if (Count > 0 ? ptsMicros <= _ring[Place(Count - 1)].Pts : _hasShown && ptsMicros <= _shownPts) return false;
            if (Count == _ring.Length) Drop();
            _ring[Place(Count)] = new Entry { Pts = ptsMicros, Item = item };
            Count++;
            return true;
        }

        /// <summary>Throws away what waits when the epoch is higher than all so far.</summary>
        public void RaiseEpoch(uint epoch)
        {
            if (epoch <= _epoch) return;
            _epoch = epoch;
            while (Count > 0) Drop();
        }

        /// <summary>The newest frame with pts ≤ `timeMicros`, or the one shown last; null before the first.</summary>
        public T Show(long timeMicros)
        {
            while (Count > 0 && _ring[_first].Pts <= timeMicros)
            {
                Forget();
                _shown = _ring[_first].Item;
                _shownPts = _ring[_first].Pts;
                _hasShown = true;
                _ring[_first] = new Entry();
                _first = Place(1);
                Count--;
            }
            if (!_hasShown) Forget();
            return _shown;
        }

        /// <summary>Forgets everything, epochs too: another run of the runtime.</summary>
        public void Reset()
        {
            while (Count > 0) Drop();
            _hasShown = false;
            _epoch = 0;
        }

        private void Forget()
        {
            if (_shown != null && _release != null) _release(_shown);
            _shown = null;
        }

        private void Drop()
        {
            T item = _ring[_first].Item;
            _ring[_first] = new Entry();
            _first = Place(1);
            Count--;
            if (_release != null) _release(item);
        }

        private int Place(int index)
        {
            return (_first + index) % _ring.Length;
        }
    }
}
