using System;
using System.Net.Sockets;
using System.Text;

namespace EchoRuntime
{
    /// <summary>
    /// One TCP connection that speaks ZMTP: handshake, frames, heartbeats. It does not come back when it breaks:
    /// <see cref="ZmtpSource"/> makes another. All is for one thread, but for <see cref="Send"/> and <see cref="Close"/>.
    /// Throws <see cref="TransportException"/> when it breaks or the peer's bytes are wrong.
    /// </summary>
    internal sealed partial class ZmtpConnection
    {
        private const int SliceMilliseconds = 100;
        private readonly Socket _socket;
        private readonly object _sendGate = new object();
        private readonly byte[] _in = new byte[1 << 16];
        private readonly byte[] _pong = new byte[2 + 1 + 4 + 16];
        private readonly byte[] _ping = Zmtp.Ping();
        private readonly int _largestPart;
        private int _at, _end;
        private int _idleMilliseconds;
        private long _nextPing;
        private volatile bool _closed;

        private ZmtpConnection(Socket socket, int largestPart)
        {
            _socket = socket;
            _largestPart = largestPart;
        }

        public int PeerMinor { get; private set; }

        /// <summary>Ends the connection; calls that wait throw. Any thread, any number of times.</summary>
        public void Close()
        {
            _closed = true;
            try
            {
                _socket.Shutdown(SocketShutdown.Both);
            }
            catch (SocketException)
            {
                // it was not connected
            }
            catch (ObjectDisposedException)
            {
            }
            _socket.Close();
        }

        /// <summary>Writes bytes as they are. Waits while the peer takes none, three seconds at most. Any thread.</summary>
        public void Send(byte[] first, int firstLength, byte[] second, int secondOffset, int secondLength)
        {
            lock (_sendGate)
            {
                Write(first, 0, firstLength);
                if (secondLength > 0) Write(second, secondOffset, secondLength);
            }
        }

        public void Send(byte[] bytes)
        {
            Send(bytes, bytes.Length, null, 0, 0);
        }

        /// <summary>
        /// Waits for the begin of a message's frame, and answers commands meanwhile. False after `milliseconds` without
        /// one; then nothing is lost, and it can be called again.
        /// </summary>
        public bool NextFrame(int milliseconds, out int size, out bool more)
        {
            long until = MonotonicClock.NowMicros + milliseconds * 1000L;
            size = 0;
            more = false;
            while (true)
            {
                KeepAlive();
                int flags, begin;
                long length;
                if (!Begin(until, out flags, out begin, out length)) return false;
                if ((flags & Zmtp.Command) == 0)
                {
                    if (length > _largestPart)
                    {
                        throw new TransportException(
                            "The peer announces a part of " + length + " bytes; at most " + _largestPart + " are allowed.");
                    }
                    _at += begin;
                    size = (int)length;
                    more = (flags & Zmtp.More) != 0;
                    return true;
                }
                if (length > Zmtp.CommandBytes || (flags & Zmtp.More) != 0)
                {
                    throw new TransportException("The peer sent a malformed command.");
                }
                if (!Have(begin + (int)length, until)) return false;
                Obey(_at + begin, (int)length);
                _at += begin + (int)length;
            }
        }

        /// <summary>Reads a frame's bytes to the begin of a buffer, which grows with what comes.</summary>
        public void ReadBytes(ref byte[] buffer, int size)
        {
            int read = Math.Min(size, _end - _at);
            GrowingBuffer.MakeRoom(ref buffer, 0, size);
            if (read > buffer.Length) Array.Resize(ref buffer, read);
            Buffer.BlockCopy(_in, _at, buffer, 0, read);
            _at += read;
            while (read < size)
            {
                GrowingBuffer.MakeRoom(ref buffer, read, size);
                read += Receive(buffer, read, Math.Min(buffer.Length, size) - read);
            }
        }

        /// <summary>Throws a frame's bytes away.</summary>
        public void SkipBytes(int size)
        {
            int left = size;
            while (true)
            {
                int there = Math.Min(left, _end - _at);
                _at += there;
                left -= there;
                if (left == 0) return;
                _at = _end = 0;
                _end = Receive(_in, 0, _in.Length);
            }
        }

        /// <summary>A frame's flags, the bytes of its begin and its length; consumes nothing.</summary>
        private bool Begin(long until, out int flags, out int begin, out long length)
        {
            flags = begin = 0;
            length = 0;
            if (!Have(2, until)) return false;
            flags = _in[_at];
            if (flags > (Zmtp.More | Zmtp.Long | Zmtp.Command))
            {
                throw new TransportException("The peer sent a frame with unknown flags.");
            }
            begin = (flags & Zmtp.Long) != 0 ? 9 : 2;
            if (!Have(begin, until)) return false;
            length = _in[_at + 1];
            for (int i = 2; i < begin; i++) length = length << 8 | _in[_at + i];
            if (length < 0) throw new TransportException("The peer announces a frame of more than 2^63 bytes.");
            return true;
        }

        /// <summary>Waits until so many bytes lie in the buffer; false at the time `until`.</summary>
        private bool Have(int count, long until)
        {
            while (_end - _at < count)
            {
                if (_at > 0)
                {
                    Buffer.BlockCopy(_in, _at, _in, 0, _end - _at);
                    _end -= _at;
                    _at = 0;
                }
                int got = TryReceive(_in, _end, _in.Length - _end);
                _end += got;
                if (got > 0) continue;
                KeepAlive();
                if (MonotonicClock.NowMicros >= until) return false;
            }
            return true;
        }

        /// <summary>At least one byte; throws when the peer has fallen silent in the middle of a frame.</summary>
        private int Receive(byte[] buffer, int offset, int count)
        {
            while (true)
            {
                int got = TryReceive(buffer, offset, count);
                if (got > 0) return got;
                KeepAlive();
            }
        }

        /// <summary>What has come, 0 when nothing does for a moment.</summary>
        private int TryReceive(byte[] buffer, int offset, int count)
        {
            if (_closed) throw new TransportException("The connection was closed.");
            var error = SocketError.WouldBlock;
            int got = 0;
            try
            {
                // waited for like this, since a receive that times out leaves a socket of Windows in no known state
                if (_socket.Poll(SliceMilliseconds * 1000, SelectMode.SelectRead))
                {
                    got = _socket.Receive(buffer, offset, count, SocketFlags.None, out error);
                }
            }
            catch (ObjectDisposedException)
            {
                throw new TransportException("The connection was closed.");
            }
            catch (SocketException broken)
            {
                error = broken.SocketErrorCode;
            }
            if (error == SocketError.Success && got > 0)
            {
                _idleMilliseconds = 0;
                return got;
            }
            if (error == SocketError.Success) throw new TransportException("The runtime closed the connection.");
            if (error == SocketError.TimedOut || error == SocketError.WouldBlock || error == SocketError.Interrupted)
            {
                // counted in waits, not by the clock: a debugger's pause is no silence of the peer's
                _idleMilliseconds += SliceMilliseconds;
                if (_idleMilliseconds <= Limits.HeartbeatTimeoutMilliseconds) return 0;
                throw new TransportException(
                    "The runtime has been silent for " + Limits.HeartbeatTimeoutMilliseconds / 1000 + " s.");
            }
            throw new TransportException("The connection broke (" + error + ").");
        }

        private void KeepAlive()
        {
            if (_nextPing == 0) return; // not before the handshake is over
            long now = MonotonicClock.NowMicros;
            if (now < _nextPing) return;
            _nextPing = now + Limits.HeartbeatMilliseconds * 1000L;
            Send(_ping);
        }

        private void Obey(int at, int size)
        {
            if (Zmtp.IsCommand(_in, at, size, "PING"))
            {
                int context = size - 7; // after the name and two bytes of time to live
                if (context < 0 || context > 16) throw new TransportException("The peer sent a malformed PING.");
                _pong[0] = Zmtp.Command;
                _pong[1] = (byte)(5 + context);
                _pong[2] = 4;
                Encoding.ASCII.GetBytes("PONG", 0, 4, _pong, 3);
                Buffer.BlockCopy(_in, at + 7, _pong, 7, context);
                Send(_pong, 7 + context, null, 0, 0);
            }
            else if (Zmtp.IsCommand(_in, at, size, "ERROR")) throw Complaint(at, size);
            // PONG needs no more than to have come; others belong to newer versions
        }

        private void Write(byte[] bytes, int offset, int count)
        {
            try
            {
                while (count > 0)
                {
                    SocketError error;
                    int sent = _socket.Send(bytes, offset, count, SocketFlags.None, out error);
                    if (error != SocketError.Success || sent <= 0)
                    {
                        throw new TransportException("The connection broke (" + error + ").");
                    }
                    offset += sent;
                    count -= sent;
                }
            }
            catch (ObjectDisposedException)
            {
                throw new TransportException("The connection was closed.");
            }
        }
    }
}
