using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace EchoRuntime.CoreTests
{
    /// <summary>
    /// The other end of a ZMTP connection, written byte by byte, so that it can be as wrong as a test wants. Each accepted
    /// connection is handed to the test's script on a thread of its own.
    /// </summary>
    internal sealed class FakePeer : IDisposable
    {
        private readonly TcpListener _listener = new TcpListener(IPAddress.Loopback, 0);
        private readonly List<TcpClient> _clients = new List<TcpClient>();
        private readonly Action<FakePeer, Stream> _script;
        private volatile bool _stopping;
        private int _accepted;

        public FakePeer(Action<FakePeer, Stream> script)
        {
            _script = script;
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            new Thread(Accept) { IsBackground = true }.Start();
        }

        public int Port { get; private set; }

        public int Accepted
        {
            get { return Volatile.Read(ref _accepted); }
        }

        public bool Stopping
        {
            get { return _stopping; }
        }

        public void Dispose()
        {
            _stopping = true;
            _listener.Stop();
            lock (_clients) _clients.ForEach(client => client.Close());
        }

        public static void Write(Stream stream, byte[] bytes)
        {
            stream.Write(bytes, 0, bytes.Length);
        }

        public static void Frame(Stream stream, int flags, params byte[] payload)
        {
            Write(stream, Zmtp.Frame(flags, payload));
        }

        public static byte[] Read(Stream stream, int count)
        {
            var bytes = new byte[count];
            for (int at = 0; at < count;)
            {
                int got = stream.Read(bytes, at, count - at);
                if (got == 0) throw new IOException("The client closed the connection.");
                at += got;
            }
            return bytes;
        }

        /// <summary>A frame's payload, and its flags.</summary>
        public static byte[] ReadFrame(Stream stream, out int flags)
        {
            flags = Read(stream, 1)[0];
            long length = 0;
            foreach (byte part in Read(stream, (flags & Zmtp.Long) != 0 ? 8 : 1)) length = length << 8 | part;
            return Read(stream, (int)length);
        }

        public static byte[] Greeting(int minor = 1, string mechanism = "NULL")
        {
            byte[] greeting = Zmtp.Greeting();
            greeting[11] = (byte)minor;
            Array.Clear(greeting, 12, 20);
            Encoding.ASCII.GetBytes(mechanism, 0, mechanism.Length, greeting, 12);
            return greeting;
        }

        /// <summary>Shakes hands as a publisher; returns the client's READY.</summary>
        public static byte[] ShakeHands(Stream stream, int minor = 1, string type = "XPUB")
        {
            Write(stream, Greeting(minor));
            Read(stream, Zmtp.GreetingBytes);
            Write(stream, Zmtp.Ready(type));
            int flags;
            return ReadFrame(stream, out flags);
        }

        /// <summary>A published picture in three frames.</summary>
        public static void Picture(Stream stream, string npc, ulong seq, int side)
        {
            var header = new Video
            {
                Npc = npc, Seq = seq, Pts = 1, Origin = "generated", Width = side, Height = side, Stride = 4 * side, Format = "bgra8",
            };
            Frame(stream, Zmtp.More, Topics.Bytes(Topics.Video, npc));
            Frame(stream, Zmtp.More, new HeaderCodec().Write(header));
            var payload = new byte[4 * side * side];
            for (int i = 0; i < payload.Length; i++) payload[i] = (byte)(seq + (ulong)i);
            Frame(stream, 0, payload);
        }

        private void Accept()
        {
            try
            {
                while (!_stopping)
                {
                    TcpClient client = _listener.AcceptTcpClient();
                    lock (_clients) _clients.Add(client);
                    Interlocked.Increment(ref _accepted);
                    new Thread(() => Play(client)) { IsBackground = true }.Start();
                }
            }
            catch (SocketException)
            {
            }
            catch (ObjectDisposedException)
            {
            }
        }

        private void Play(TcpClient client)
        {
            try
            {
                using (client) _script(this, client.GetStream());
            }
            catch (IOException)
            {
                // the client hung up, as some tests want
            }
            catch (ObjectDisposedException)
            {
            }
            catch (InvalidOperationException)
            {
            }
        }
    }
}
