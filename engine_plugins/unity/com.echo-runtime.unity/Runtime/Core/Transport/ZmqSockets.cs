using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace EchoRuntime
{
    /// <summary>A SUB socket of libzmq. What other threads subscribe is told to libzmq by the reading thread.</summary>
    internal sealed class ZmqSubscription : ZmqSource, ISubscription
    {
        private readonly Queue<KeyValuePair<int, byte[]>> _wishes = new Queue<KeyValuePair<int, byte[]>>();

        public ZmqSubscription(ZmqTransport transport, string host, int port, int backlog, int largestPart)
            : base(transport, ZmqLibrary.Sub, host, port, largestPart)
        {
            Zmq.Set(Handle, ZmqLibrary.LingerOption, 0);
            Zmq.Set(Handle, ZmqLibrary.ReceiveQueueOption, backlog);
            transport.Connect(Handle, host, port);
        }

        public void Subscribe(byte[] prefix)
        {
            lock (_wishes) _wishes.Enqueue(new KeyValuePair<int, byte[]>(ZmqLibrary.SubscribeOption, prefix));
        }

        public void Unsubscribe(byte[] prefix)
        {
            lock (_wishes) _wishes.Enqueue(new KeyValuePair<int, byte[]>(ZmqLibrary.UnsubscribeOption, prefix));
        }

        protected override void Work()
        {
            lock (_wishes)
            {
                while (_wishes.Count > 0)
                {
                    KeyValuePair<int, byte[]> wish = _wishes.Dequeue();
                    Zmq.Set(Handle, wish.Key, wish.Value);
                }
            }
        }
    }

    /// <summary>
    /// A DEALER socket of libzmq. Other threads put messages into a queue and wake the reading thread, which sends them.
    /// </summary>
    internal sealed class ZmqControl : ZmqSource, IControlLink
    {
        private const int MostWaiting = 1024;
        private readonly Queue<byte[]> _outbox = new Queue<byte[]>();
        private readonly object _wakeGate = new object();
        private readonly IntPtr _wakeRead, _wakeWrite;
        private bool _ended;

        public ZmqControl(ZmqTransport transport, string host, int port, IntPtr wakeRead, IntPtr wakeWrite)
            : base(transport, ZmqLibrary.Dealer, host, port, Limits.ControlPartBytes, wakeRead)
        {
            _wakeRead = wakeRead;
            _wakeWrite = wakeWrite;
            Zmq.Set(Handle, ZmqLibrary.LingerOption, 100); // so that `bye` leaves
            Zmq.Set(Handle, ZmqLibrary.ImmediateOption, 1); // nothing waits for a runtime that is not there
            transport.Connect(Handle, host, port);
        }

        public bool Send(byte[] header, int headerLength, byte[] payload, int payloadOffset, int payloadLength)
        {
            if (!Connected) return false;
            var first = new byte[headerLength];
            var second = new byte[payloadLength];
            Buffer.BlockCopy(header, 0, first, 0, headerLength);
            if (payloadLength > 0) Buffer.BlockCopy(payload, payloadOffset, second, 0, payloadLength);
            lock (_outbox)
            {
                if (_ended || _outbox.Count >= 2 * MostWaiting) return false;
                _outbox.Enqueue(first);
                _outbox.Enqueue(second);
            }
            lock (_wakeGate)
            {
                if (!_ended) Zmq.Send(_wakeWrite, IntPtr.Zero, IntPtr.Zero, ZmqLibrary.DoNotWait);
            }
            return true;
        }

        public override void Dispose()
        {
            lock (_outbox)
            {
                if (_ended) return;
                Flush();
                lock (_wakeGate) _ended = true;
            }
            Zmq.Set(_wakeWrite, ZmqLibrary.LingerOption, 0);
            Zmq.Close(_wakeWrite);
            Zmq.Close(_wakeRead);
            base.Dispose();
        }

        protected override void Work()
        {
            lock (_outbox) Flush();
        }

        protected override void Ready(IntPtr socket)
        {
            Swallow(socket);
        }

        private void Flush()
        {
            while (_outbox.Count > 0)
            {
                // refused only when nobody is connected any more: the session is over, and these with it
                byte[] header = _outbox.Dequeue(), payload = _outbox.Dequeue();
                if (SendPart(header, ZmqLibrary.DoNotWait | ZmqLibrary.SendMore)) SendPart(payload, ZmqLibrary.DoNotWait);
            }
        }

        private bool SendPart(byte[] bytes, int flags)
        {
            GCHandle pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            try
            {
                return Zmq.Send(Handle, pin.AddrOfPinnedObject(), (IntPtr)bytes.Length, flags) >= 0;
            }
            finally
            {
                pin.Free();
            }
        }
    }
}
