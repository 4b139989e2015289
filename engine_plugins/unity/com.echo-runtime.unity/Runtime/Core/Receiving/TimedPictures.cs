using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>
    /// Pictures that wait for the time at which they are to be seen, in a fixed number of buffers. The receiving thread
    /// fills one while the game shows another; guarded by the NPC's lock.
    /// </summary>
    internal sealed class TimedPictures
    {
        private const int Waiting = 8;
        private readonly Stack<Picture> _free = new Stack<Picture>(Waiting + 2);
        private readonly FrameQueue<Picture> _queue;
        private Picture _shown;

        public TimedPictures()
        {
            _queue = new FrameQueue<Picture>(Waiting, _free.Push);
            for (int i = 0; i < Waiting + 2; i++) _free.Push(new Picture()); // one shown and one being filled besides
        }

        /// <summary>
        /// One to fill, for the receiving thread alone; comes back through <see cref="Put"/> or <see cref="GiveBack"/>.
        /// </summary>
        public Picture Borrow()
        {
            return _free.Pop();
        }

        public void GiveBack(Picture picture)
        {
            _free.Push(picture);
        }

        public void Put(Picture picture)
        {
            if (!_queue.Push(picture.Header.Pts, picture, picture.Header.Epoch)) _free.Push(picture);
        }

        /// <summary>The picture of an instant, if it is not the one that was shown last.</summary>
        public bool Show(long timeMicros, out Picture picture)
        {
            picture = _queue.Show(timeMicros);
            bool another = picture != null && picture != _shown;
            _shown = picture;
            return another;
        }

        public void RaiseEpoch(uint epoch)
        {
            _queue.RaiseEpoch(epoch);
        }

        public void Reset()
        {
            _queue.Reset();
        }
    }
}
