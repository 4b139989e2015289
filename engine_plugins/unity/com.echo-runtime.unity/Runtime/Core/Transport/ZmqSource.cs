using System;
using System.Runtime.InteropServices;

namespace EchoRuntime
{
    /// <summary>
    /// A libzmq socket and the monitor that tells of its connections. The socket belongs to the reading thread. Base of
    /// <see cref="ZmqSubscription"/> and <see cref="ZmqControl"/>.
    /// </summary>
    internal abstract class ZmqSource : IMessageSource
    {
        private const int SliceMilliseconds = 50;
        private const int MonitoredEvents = ZmqLibrary.HandshakeSucceeded | ZmqLibrary.HandshakeFailed
            | ZmqLibrary.ProtocolFailed | ZmqLibrary.AuthFailed | ZmqLibrary.Disconnected;
        protected readonly ZmqLibrary Zmq;
        protected readonly IntPtr Handle;
        private readonly IntPtr _monitor, _message, _items;
        private readonly int _itemBytes, _eventsAt;
        private readonly bool _encrypted;
        private readonly IntPtr[] _polled;
        private volatile bool _stopping, _connected, _refused;
        private volatile int _connections;
        private volatile string _trouble = "";
        private bool _partWaits, _messageOpen, _disposed;
        private int _parts;

        /// <param name="others">Sockets that are polled as well; see <see cref="Ready"/>.</param>
        protected ZmqSource(ZmqTransport transport, int type, string host, int port, int largestPart, params IntPtr[] others)
        {
            Zmq = transport.Zmq;
            Handle = transport.NewSocket(type);
            Zmq.Set(Handle, ZmqLibrary.MostMessageOption, (long)largestPart);
            Zmq.Set(Handle, ZmqLibrary.ReconnectOption, 100);
            Zmq.Set(Handle, ZmqLibrary.ReconnectMostOption, 1000);
            Zmq.Set(Handle, ZmqLibrary.HeartbeatOption, Limits.HeartbeatMilliseconds);
            Zmq.Set(Handle, ZmqLibrary.HeartbeatTimeoutOption, Limits.HeartbeatTimeoutMilliseconds);
            if (host.IndexOf(':') >= 0) Zmq.Set(Handle, ZmqLibrary.Ip6Option, 1);
            _encrypted = transport.Encrypt(Handle);
            byte[] place = transport.NewPlace();
            _monitor = transport.NewSocket(ZmqLibrary.Pair);
            if (Zmq.Monitor(Handle, place, MonitoredEvents) != 0 || Zmq.Connect(_monitor, place) != 0)
            {
                throw new UsageException("libzmq cannot watch a socket: " + Zmq.LastError() + ".");
            }
            _message = Marshal.AllocHGlobal(ZmqLibrary.MessageBytes);
            _polled = new IntPtr[2 + others.Length];
            _polled[0] = Handle;
            _polled[1] = _monitor;
            others.CopyTo(_polled, 2);
            // zmq_pollitem_t: void *socket; SOCKET fd (a pointer's size on Windows, else an int); short events, revents
            bool windows = Environment.OSVersion.Platform == PlatformID.Win32NT;
            _eventsAt = windows ? 2 * IntPtr.Size : IntPtr.Size + 4;
            _itemBytes = (_eventsAt + 4 + IntPtr.Size - 1) / IntPtr.Size * IntPtr.Size;
            _items = Marshal.AllocHGlobal(_itemBytes * _polled.Length);
            for (int i = 0; i < _itemBytes * _polled.Length; i++) Marshal.WriteByte(_items, i, 0);
            for (int i = 0; i < _polled.Length; i++)
            {
                Marshal.WriteIntPtr(_items, i * _itemBytes, _polled[i]);
                Marshal.WriteInt16(_items, i * _itemBytes + _eventsAt, 1);
            }
        }

        public int Connections
        {
            get { return _connections; }
        }

        public bool Connected
        {
            get { return _connected; }
        }

        public string Trouble
        {
            get { return _trouble; }
        }

        public bool Refused
        {
            get { return _refused; }
        }

        public bool WaitMessage(int milliseconds)
        {
            DropRest();
            long until = MonotonicClock.NowMicros + milliseconds * 1000L;
            while (!_stopping)
            {
                Work();
                long left = (until - MonotonicClock.NowMicros) / 1000;
                int wait = (int)Math.Max(0, Math.Min(left, SliceMilliseconds));
                if (Zmq.Poll(_items, _polled.Length, (IntPtr)wait) < 0) return false;
                if (IsReady(1)) Watch();
                for (int i = 2; i < _polled.Length; i++)
                {
                    if (IsReady(i)) Ready(_polled[i]);
                }
                if (IsReady(0) && Receive(Handle))
                {
                    _partWaits = true;
                    _parts = 0;
                    return true;
                }
                if (MonotonicClock.NowMicros >= until) return false;
            }
            return false;
        }

        public bool NextPart(out int size)
        {
            size = 0;
            if (!_partWaits)
            {
                if (_parts == 0 || !_messageOpen || Zmq.MessageMore(_message) == 0 || !Receive(Handle)) return false;
                _partWaits = true;
            }
            size = (int)Zmq.MessageSize(_message);
            return true;
        }

        public bool ReadPart(ref byte[] buffer, int size)
        {
            if (buffer.Length < size) buffer = new byte[size]; // the bytes have come already
            if (size > 0) Marshal.Copy(Zmq.MessageData(_message), buffer, 0, size);
            _partWaits = false;
            _parts++;
            return true;
        }

        public void Abort()
        {
            _stopping = true;
        }

        public virtual void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            _stopping = true;
            CloseMessage();
            Zmq.Monitor(Handle, null, 0);
            Zmq.Close(_monitor);
            Zmq.Close(Handle);
            Marshal.FreeHGlobal(_message);
            Marshal.FreeHGlobal(_items);
            _connected = false;
        }

        /// <summary>What is to be done on the reading thread before it waits.</summary>
        protected virtual void Work()
        {
        }

        /// <summary>Another polled socket has something; read it with <see cref="Swallow"/>.</summary>
        protected virtual void Ready(IntPtr socket)
        {
        }

        /// <summary>Reads all that waits on another socket, and throws it away.</summary>
        protected void Swallow(IntPtr socket)
        {
            while (Receive(socket))
            {
            }
            CloseMessage();
        }

        private bool IsReady(int index)
        {
            return (Marshal.ReadInt16(_items, index * _itemBytes + _eventsAt + 2) & 1) != 0;
        }

        private bool Receive(IntPtr socket)
        {
            CloseMessage();
            Zmq.MessageInit(_message);
            _messageOpen = true;
            return Zmq.Receive(_message, socket, ZmqLibrary.DoNotWait) >= 0;
        }

        private void CloseMessage()
        {
            if (_messageOpen) Zmq.MessageClose(_message);
            _messageOpen = false;
        }

        private void DropRest()
        {
            int size;
            while (_partWaits || NextPart(out size))
            {
                _partWaits = false;
                _parts++;
            }
            _parts = 0;
        }

        private void Watch()
        {
            while (Receive(_monitor))
            {
                if ((int)Zmq.MessageSize(_message) < 6) continue; // the second part names the address
                int happened = Marshal.ReadInt16(Zmq.MessageData(_message)) & 0xFFFF;
                bool more = Zmq.MessageMore(_message) != 0;
                if (happened == ZmqLibrary.HandshakeSucceeded)
                {
                    _trouble = "";
                    _refused = false;
                    _connected = true;
                    _connections++;
                }
                else
                {
                    Lost(happened);
                }
                if (more) Receive(_monitor);
            }
            CloseMessage();
        }

        private void Lost(int happened)
        {
            bool stood = _connected;
            _connected = false;
            if (happened == ZmqLibrary.Disconnected)
            {
                if (!stood) return; // follows a handshake that failed, and says less
                _refused = false;
                _trouble = "The runtime closed the connection.";
                return;
            }
            _refused = true;
            _trouble = happened == ZmqLibrary.AuthFailed
                ? "The runtime refuses this client's key: its public key must stand in the runtime's allow-list."
                : _encrypted ? "The handshake with the runtime fails: compare the server key with the runtime's."
                : "The handshake with the runtime fails: if it wants an encrypted connection, give its server key.";
        }
    }
}
