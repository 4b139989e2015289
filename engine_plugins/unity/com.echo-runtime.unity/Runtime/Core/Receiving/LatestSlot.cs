using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// The newest item between one thread that writes and one that takes: three items change places, nobody waits, nothing
    /// is copied or allocated. What is not taken before the next comes is overwritten.
    /// </summary>
    /// <typeparam name="T">Three of them, used again and again.</typeparam>
    public sealed class LatestSlot<T> where T : class
    {
        private const int Fresh = 4;
        private readonly T[] _items;
        private int _back, _front = 1, _middle = 2;

        public LatestSlot(T first, T second, T third)
        {
            _items = new[] { first, second, third };
        }

        /// <summary>Belongs to the writing thread until it calls <see cref="Publish"/>.</summary>
        public T Back
        {
            get { return _items[_back]; }
        }

        /// <summary>Makes the back item the newest. Writing thread.</summary>
        public void Publish()
        {
            _back = Interlocked.Exchange(ref _middle, _back | Fresh) & ~Fresh;
        }

        /// <summary>
        /// The newest item, if it has not been taken before; belongs to the taking thread until its next successful
        /// call.
        /// </summary>
        public bool Take(out T item)
        {
            bool fresh = (Volatile.Read(ref _middle) & Fresh) != 0;
            if (fresh) _front = Interlocked.Exchange(ref _middle, _front) & ~Fresh;
            item = fresh ? _items[_front] : null;
            return fresh;
        }
    }
}
