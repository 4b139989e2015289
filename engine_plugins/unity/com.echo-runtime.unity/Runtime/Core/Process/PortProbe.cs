using System;
using System.Net.Sockets;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// Whether something listens at an address, found out on another thread: a refused connection takes two seconds on
    /// some systems. For the game's thread.
    /// </summary>
    public interface IPortProbe
    {
        /// <summary>Begins to look, unless it is looking already.</summary>
        void Begin();

        /// <summary>True once an answer is there; it is taken with this call.</summary>
        bool Take(out bool answers);
    }

    /// <summary>A TCP connection that is closed at once.</summary>
    public sealed class PortProbe : IPortProbe
    {
        private const int Idle = 0, Looking = 1, Free = 2, Taken = 3;
        private readonly string _host;
        private readonly int _port;
        private int _state;

        public PortProbe(string host, int port)
        {
            _host = host;
            _port = port;
        }

        public void Begin()
        {
            if (Interlocked.CompareExchange(ref _state, Looking, Idle) != Idle) return;
            new Thread(Look) { IsBackground = true, Name = "echo-probe" }.Start();
        }

        public bool Take(out bool answers)
        {
            int state = Volatile.Read(ref _state);
            answers = state == Taken;
            if (state != Free && state != Taken) return false;
            Volatile.Write(ref _state, Idle);
            return true;
        }

        private void Look()
        {
            bool answers = false;
            try
            {
                using (var socket = new TcpClient())
                {
                    socket.Connect(_host, _port);
                    answers = true;
                }
            }
            catch (SocketException)
            {
                // nobody listens, or nobody can be reached: the same for us
            }
            catch (ArgumentException)
            {
            }
            Volatile.Write(ref _state, answers ? Taken : Free);
        }
    }
}
