namespace EchoRuntime
{
    /// <summary>A bounded queue: when it is full, the oldest makes room and is counted. Not for several threads at once.</summary>
    /// <typeparam name="T">What waits.</typeparam>
    public sealed class CueQueue<T> where T : class
    {
        private readonly T[] _ring;
        private int _first;

        public CueQueue(int size = 256)
        {
            _ring = new T[size];
        }

        public int Count { get; private set; }

        /// <summary>How many were dropped because nobody took them.</summary>
        public long Dropped { get; private set; }

        public void Put(T item)
        {
            if (Count == _ring.Length)
            {
                Take();
                Dropped++;
            }
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
    }
}
