using System;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// libzmq, with CURVE (rfc.zeromq.org/spec/26) where a server key is given. Sockets must be disposed of before it.
    /// </summary>
    internal sealed class ZmqTransport : ITransport
    {
        private const int KeyCharacters = 40;
        private readonly byte[] _serverKey, _publicKey, _secretKey;
        private IntPtr _context;
        private int _places;

        /// <param name="library">Path of libzmq; "" looks for it.</param>
        /// <param name="serverKey">The runtime's public key, Z85; "" for an unencrypted connection.</param>
        /// <param name="secretKey">This client's secret key, Z85.</param>
        public ZmqTransport(string library, string serverKey, string secretKey)
        {
            if (serverKey.Length > 0 && serverKey.Length != KeyCharacters)
            {
                throw new UsageException("The server key has " + serverKey.Length + " characters; a key is Z85 text of 40.");
            }
            if (serverKey.Length > 0 && secretKey.Length != KeyCharacters)
            {
                throw new UsageException(
                    "An encrypted connection needs a secret key of this client's: make one with 'echo-runtime keys new'.");
            }
            Zmq = ZmqLibrary.Open(library);
            if (serverKey.Length > 0)
            {
                _serverKey = ZmqLibrary.Text(serverKey);
                _secretKey = ZmqLibrary.Text(secretKey);
                _publicKey = ZmqLibrary.Text(Zmq.PublicKey(secretKey));
            }
            _context = Zmq.ContextNew();
            if (_context == IntPtr.Zero) throw new UsageException("libzmq cannot begin: " + Zmq.LastError() + ".");
        }

        public ZmqLibrary Zmq { get; private set; }

        public IControlLink Control(string host, int port)
        {
            byte[] place = NewPlace();
            IntPtr read = NewSocket(ZmqLibrary.Pair), write = NewSocket(ZmqLibrary.Pair);
            if (Zmq.Bind(read, place) != 0 || Zmq.Connect(write, place) != 0)
            {
                throw new UsageException("libzmq cannot connect two of its own sockets: " + Zmq.LastError() + ".");
            }
            return new ZmqControl(this, host, port, read, write);
        }

        public ISubscription Subscription(string host, int port, int backlog, int largestPart)
        {
            return new ZmqSubscription(this, host, port, backlog, largestPart);
        }

        /// <summary>Waits for nothing but what sockets may still send within their LINGER.</summary>
        public void Dispose()
        {
            IntPtr context = Interlocked.Exchange(ref _context, IntPtr.Zero);
            if (context == IntPtr.Zero) return;
            Zmq.ContextShutdown(context);
            Zmq.ContextTerm(context);
        }

        /// <summary>An address within this transport's context that no other socket has.</summary>
        internal byte[] NewPlace()
        {
            return ZmqLibrary.Text("inproc://echo-" + Interlocked.Increment(ref _places));
        }

        internal IntPtr NewSocket(int type)
        {
            IntPtr socket = Zmq.Socket(_context, type);
            if (socket == IntPtr.Zero) throw new UsageException("libzmq makes no socket: " + Zmq.LastError() + ".");
            return socket;
        }

        /// <summary>Gives a socket its keys; false when the connection is to be plain.</summary>
        internal bool Encrypt(IntPtr socket)
        {
            if (_serverKey == null) return false;
            Zmq.Set(socket, ZmqLibrary.CurveServerOption, _serverKey);
            Zmq.Set(socket, ZmqLibrary.CurvePublicOption, _publicKey);
            Zmq.Set(socket, ZmqLibrary.CurveSecretOption, _secretKey);
            return true;
        }

        internal void Connect(IntPtr socket, string host, int port)
        {
            string shown = host.IndexOf(':') >= 0 && host[0] != '[' ? "[" + host + "]" : host;
            if (Zmq.Connect(socket, ZmqLibrary.Text("tcp://" + shown + ":" + port)) == 0) return;
            throw new UsageException(
                "The address tcp://" + shown + ":" + port + " cannot be used: " + Zmq.LastError() + ".");
        }
    }
}
