namespace EchoRuntime
{
    /// <summary>
    /// A bounded queue: when it is full, the oldest makes room and is counted. Not for several threads at once.
    /// </summary>
    /// <typeparam name="T">What waits.</typeparam>
    public sealed class CueQueue<T> where T : class
    {
        private readonly int _size;
        private T[] _ring = new T[4];
        private int _first;

        /// <param name="size">The most that may wait.</param>
        public CueQueue(int size = 256)
        {
            _size = size;
        }

        public int Count { get; private set; }

        /// <summary>How many were dropped because nobody took them.</summary>
        public long Dropped { get; private set; }

        public void Put(T item)
        {
            if (Count == _size)
            {
                Take();
                Dropped++;
            }
            if (Count == _ring.Length) Grow();
            _ring[(_first + Count) % _ring.Length] = item;
            Count++;
        }

        /// <summary>The oldest; null when there is none.</summary>
        public T Take()
        {
            if (Count == 0) return null;
            T item = _ring[_first];
            _ring[_first] = null;
            _first = (_first + 1) % _ring.Length;
            Count--;
            return item;
        }

        private void Grow()
        {
            var larger = new T[2 * Count];
            for (int i = 0; i < Count; i++) larger[i] = _ring[(_first + i) % Count];
            _ring = larger;
            _first = 0;
        }
    }
}
