using System;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EchoRuntime
{
    /// <summary>Reaching the peer, and the greeting and READY that a connection begins with.</summary>
    internal sealed partial class ZmtpConnection
    {
        /// <summary>Connects and shakes hands, each within the heartbeat's patience.</summary>
        /// <param name="own">Our type of socket; `peers` are those it may talk to.</param>
        public static ZmtpConnection Open(
            IPAddress address, int port, string own, string[] peers, int largestPart, Action<ZmtpConnection> began)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            var connection = new ZmtpConnection(socket, largestPart);
            try
            {
                began(connection);
                connection.Reach(new IPEndPoint(address, port));
                connection.ShakeHands(own, peers);
                return connection;
            }
            catch (SocketException error)
            {
                connection.Close();
                throw new TransportException(
                    "No runtime answers at " + address + ":" + port + " (" + error.SocketErrorCode + ").");
            }
            catch (ObjectDisposedException)
            {
                throw new TransportException("The connection was closed.");
            }
            catch (TransportException)
            {
                connection.Close();
                throw;
            }
        }

        private void Reach(IPEndPoint place)
        {
            _socket.Blocking = false;
            try
            {
                _socket.Connect(place);
            }
            catch (SocketException error)
            {
                if (error.SocketErrorCode != SocketError.WouldBlock && error.SocketErrorCode != SocketError.InProgress) throw;
                int waited = 0;
                while (!_socket.Poll(SliceMilliseconds * 1000, SelectMode.SelectWrite))
                {
                    if (_socket.Poll(0, SelectMode.SelectError)) break; // Windows says a failure only so
                    waited += SliceMilliseconds;
                    if (_closed || waited > Limits.HeartbeatTimeoutMilliseconds) throw new SocketException((int)SocketError.TimedOut);
                }
                int status = (int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error);
                if (status != 0) throw new SocketException(status);
            }
            _socket.Blocking = true;
            _socket.SendTimeout = Limits.HeartbeatTimeoutMilliseconds;
            if (_closed) throw new ObjectDisposedException("socket");
        }

        private void ShakeHands(string own, string[] peers)
        {
            long until = MonotonicClock.NowMicros + Limits.HeartbeatTimeoutMilliseconds * 1000L;
            // libzmq hangs up as soon as it has read of another mechanism than its own, before it has said which: so the
            // second half of our greeting waits a little for the peer's
            byte[] greeting = Zmtp.Greeting();
            Send(greeting, Zmtp.VersionBytes, null, 0, 0);
            Have(Zmtp.GreetingBytes, Math.Min(until, MonotonicClock.NowMicros + 500000));
            Write(greeting, Zmtp.VersionBytes, Zmtp.GreetingBytes - Zmtp.VersionBytes);
            if (!Have(Zmtp.GreetingBytes, until)) throw new TransportException("The peer does not finish its greeting.");
            PeerMinor = Zmtp.ReadGreeting(_in, _at);
            _at += Zmtp.GreetingBytes;
            Send(Zmtp.Ready(own));
            int flags, begin;
            long length;
            if (!Begin(until, out flags, out begin, out length) || (flags & ~Zmtp.Long) != Zmtp.Command
                || length > Zmtp.CommandBytes || !Have(begin + (int)length, until))
            {
                throw new TransportException("The peer does not finish its handshake.");
            }
            int at = _at + begin, size = (int)length;
            if (Zmtp.IsCommand(_in, at, size, "ERROR")) throw Complaint(at, size);
            if (!Zmtp.IsCommand(_in, at, size, "READY")) throw new TransportException("The peer does not begin with READY.");
            string theirs = Zmtp.SocketType(_in, at + 6, at + size);
            if (Array.IndexOf(peers, theirs) < 0)
            {
                throw new TransportException(
                    "The peer is a socket of type '" + Zmtp.Printable(theirs) + "'; " + own + " needs " + peers[0]
                    + ": is it the right port?", true);
            }
            _at += begin + size;
            _nextPing = MonotonicClock.NowMicros + Limits.HeartbeatMilliseconds * 1000L;
        }

        private TransportException Complaint(int at, int size)
        {
            string reason = size > 7 ? Encoding.ASCII.GetString(_in, at + 7, Math.Min(size - 7, _in[at + 6])) : "";
            return new TransportException("The runtime refuses the connection: '" + Zmtp.Printable(reason) + "'.", true);
        }
    }
}
