using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// A connection over ZMTP that is made again whenever it breaks: after 0.1 s, 0.2 s, … at most every second. Base of
    /// <see cref="ZmtpSubscription"/> and <see cref="ZmtpControl"/>.
    /// </summary>
    internal abstract class ZmtpSource : IMessageSource
    {
        private const int MostParts = 64;
        private const long FirstPauseMicros = 100000, LongestPauseMicros = 1000000;
        private readonly string _host;
        private readonly int _port, _largestPart;
        private readonly ManualResetEvent _stop = new ManualResetEvent(false);
        private volatile ZmtpConnection _connection, _opening;
        private volatile bool _stopping;
        private volatile string _trouble = "";
        private volatile bool _refused;
        private volatile int _connections;
        private long _pause = FirstPauseMicros, _nextAttempt, _since;
        private int _size, _parts;
        private bool _partWaits, _more;

        protected ZmtpSource(string host, int port, int largestPart)
        {
            _host = host;
            _port = port;
            _largestPart = largestPart;
        }

        public int Connections
        {
            get { return _connections; }
        }

        public bool Connected
        {
            get { return _connection != null; }
        }

        public string Trouble
        {
            get { return _trouble; }
        }

        public bool Refused
        {
            get { return _refused; }
        }

        /// <summary>The connection that stands; null while there is none. Any thread.</summary>
        protected ZmtpConnection Current
        {
            get { return _connection; }
        }

        protected bool Stopping
        {
            get { return _stopping; }
        }

        protected abstract string OwnType { get; }

        protected abstract string[] PeerTypes { get; }

        public bool WaitMessage(int milliseconds)
        {
            try
            {
                DropRest();
                if (_stopping || !Connect(milliseconds)) return false;
                _parts = 0;
                _partWaits = _connection.NextFrame(milliseconds, out _size, out _more);
                if (_partWaits) _pause = FirstPauseMicros;
                return _partWaits;
            }
            catch (TransportException error)
            {
                Break(error);
                return false;
            }
        }

        public bool NextPart(out int size)
        {
            size = _size;
            if (_partWaits) return true;
            if (_parts == 0 || !_more || _connection == null) return false;
            try
            {
                if (_parts >= MostParts)
                {
                    throw new TransportException("The peer sent a message of more than " + MostParts + " parts.");
                }
                while (!_connection.NextFrame(1000, out _size, out _more))
                {
                    if (_stopping) return false;
                }
                _partWaits = true;
                size = _size;
                return true;
            }
            catch (TransportException error)
            {
                Break(error);
                return false;
            }
        }

        public bool ReadPart(ref byte[] buffer, int size)
        {
            try
            {
                _connection.ReadBytes(ref buffer, size);
                PartDone();
                return true;
            }
            catch (TransportException error)
            {
                Break(error);
                return false;
            }
        }

        public void Abort()
        {
            _stopping = true;
            _stop.Set();
            ZmtpConnection opening = _opening, connection = _connection;
            if (opening != null) opening.Close();
            if (connection != null) connection.Close();
        }

        public virtual void Dispose()
        {
            Abort();
            _connection = null;
        }

        /// <summary>A connection was made; in the reading thread.</summary>
        protected abstract void Greet(ZmtpConnection connection);

        /// <summary>Something failed on a connection while sending; the reading thread will see it close.</summary>
        protected void Fail(ZmtpConnection connection, string text)
        {
            _trouble = text;
            connection.Close();
        }

        private void DropRest()
        {
            if (_connection == null) return;
            int size;
            while (_partWaits || _parts > 0 && _more)
            {
                if (!NextPart(out size)) return;
                _connection.SkipBytes(size);
                PartDone();
            }
        }

        private void PartDone()
        {
            _partWaits = false;
            _parts++;
        }

        private bool Connect(int milliseconds)
        {
            if (_connection != null) return true;
            long now = MonotonicClock.NowMicros;
            if (now < _nextAttempt)
            {
                _stop.WaitOne((int)Math.Min(milliseconds, (_nextAttempt - now) / 1000 + 1));
                return false;
            }
            ZmtpConnection made = ZmtpConnection.Open(Resolve(), _port, OwnType, PeerTypes, _largestPart, Began);
            Greet(made);
            _since = MonotonicClock.NowMicros;
            _trouble = "";
            _refused = false;
            _connection = made;
            _opening = null;
            _connections++;
            if (!_stopping) return true;
            made.Close();
            return false;
        }

        private void Began(ZmtpConnection connection)
        {
            _opening = connection;
            if (_stopping) connection.Close(); // Abort came too early to see it
        }

        private void Break(TransportException error)
        {
            ZmtpConnection connection = _connection, opening = _opening;
            _connection = null;
            _opening = null;
            if (opening != null) opening.Close();
            _partWaits = _more = false;
            _parts = 0;
            if (connection != null)
            {
                connection.Close();
                if (MonotonicClock.NowMicros - _since > LongestPauseMicros) _pause = FirstPauseMicros;
            }
            _refused = error.Refused;
            _trouble = error.Message;
            _nextAttempt = MonotonicClock.NowMicros + _pause;
            _pause = Math.Min(2 * _pause, LongestPauseMicros);
        }

        private IPAddress Resolve()
        {
            IPAddress address;
            if (_host == "localhost") return IPAddress.Loopback;
            if (IPAddress.TryParse(_host.Trim('[', ']'), out address)) return address;
            try
            {
                IPAddress[] found = Dns.GetHostAddresses(_host);
                if (found.Length > 0) return found[0];
            }
            catch (SocketException)
            {
            }
            throw new TransportException("The host '" + _host + "' is not known.");
        }
    }
}
