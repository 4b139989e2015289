using System;
using System.Runtime.InteropServices;
using System.Text;

namespace EchoRuntime
{
    /// <summary>libzmq's C functions (api.zeromq.org/4-3), as far as a client needs them. For all threads.</summary>
    internal sealed class ZmqLibrary
    {
        public const int Pair = 0, Sub = 2, Dealer = 5;
        public const int SubscribeOption = 6, UnsubscribeOption = 7, LingerOption = 17, ReconnectOption = 18,
            ReconnectMostOption = 21, MostMessageOption = 22, SendQueueOption = 23, ReceiveQueueOption = 24,
            ImmediateOption = 39, Ip6Option = 42, CurvePublicOption = 48, CurveSecretOption = 49, CurveServerOption = 50,
            HeartbeatOption = 75, HeartbeatTimeoutOption = 77;
        public const int DoNotWait = 1, SendMore = 2;
        public const int HandshakeFailed = 0x0800, HandshakeSucceeded = 0x1000, ProtocolFailed = 0x2000, AuthFailed = 0x4000,
            Disconnected = 0x0200;

        /// <summary>Bytes of zmq_msg_t.</summary>
        public const int MessageBytes = 64;

        private const string Names = "libzmq.so.5, libzmq.so, libzmq.dll, libzmq.dylib, libzmq.5.dylib";

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr NewContext();

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int OnHandle(IntPtr handle);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr NewSocket(IntPtr context, int type);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int OnAddress(IntPtr socket, byte[] address);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int SetOption(IntPtr socket, int option, byte[] value, IntPtr size);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int SendBytes(IntPtr socket, IntPtr bytes, IntPtr size, int flags);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int ReceiveMessage(IntPtr message, IntPtr socket, int flags);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr OfMessage(IntPtr message);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int PollItems(IntPtr items, int count, IntPtr milliseconds);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int MonitorSocket(IntPtr socket, byte[] address, int events);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int DerivePublic(byte[] publicKey, byte[] secretKey);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int GetErrno();

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr GetText(int number);

        public readonly NewContext ContextNew;
        public readonly OnHandle ContextShutdown, ContextTerm, Close, MessageInit, MessageClose, MessageMore;
        public readonly NewSocket Socket;
        public readonly OnAddress Connect, Bind;
        public readonly SetOption Option;
        public readonly SendBytes Send;
        public readonly ReceiveMessage Receive;
        public readonly OfMessage MessageSize, MessageData;
        public readonly PollItems Poll;
        public readonly MonitorSocket Monitor;
        private readonly DerivePublic _derivePublic;
        private readonly GetErrno _errno;
        private readonly GetText _errorText;

        private ZmqLibrary(NativeLibrary library)
        {
            ContextNew = Need<NewContext>(library, "zmq_ctx_new");
            ContextShutdown = Need<OnHandle>(library, "zmq_ctx_shutdown");
            ContextTerm = Need<OnHandle>(library, "zmq_ctx_term");
            Close = Need<OnHandle>(library, "zmq_close");
            Socket = Need<NewSocket>(library, "zmq_socket");
            Connect = Need<OnAddress>(library, "zmq_connect");
            Bind = Need<OnAddress>(library, "zmq_bind");
            Option = Need<SetOption>(library, "zmq_setsockopt");
            Send = Need<SendBytes>(library, "zmq_send");
            MessageInit = Need<OnHandle>(library, "zmq_msg_init");
            MessageClose = Need<OnHandle>(library, "zmq_msg_close");
            MessageMore = Need<OnHandle>(library, "zmq_msg_more");
            MessageSize = Need<OfMessage>(library, "zmq_msg_size");
            MessageData = Need<OfMessage>(library, "zmq_msg_data");
            Receive = Need<ReceiveMessage>(library, "zmq_msg_recv");
            Poll = Need<PollItems>(library, "zmq_poll");
            Monitor = Need<MonitorSocket>(library, "zmq_socket_monitor");
            _derivePublic = Need<DerivePublic>(library, "zmq_curve_public");
            _errno = Need<GetErrno>(library, "zmq_errno");
            _errorText = Need<GetText>(library, "zmq_strerror");
        }

        /// <summary>Opens the library. Throws <see cref="UsageException"/> where there is none.</summary>
        /// <param name="path">Of the library; "" looks for it under its usual names.</param>
        public static ZmqLibrary Open(string path)
        {
            NativeLibrary library = NativeLibrary.Open(path.Length > 0 ? new[] { path } : Names.Replace(" ", "").Split(','));
            if (library != null) return new ZmqLibrary(library);
            throw new UsageException(
                path.Length > 0 ? "The ZeroMQ library '" + path + "' cannot be opened: give the path of libzmq 4.3 or newer."
                    : "The ZeroMQ library was not found (tried " + Names
                        + "): install libzmq 4.3 or newer, or give its path. "
                    + "Unencrypted connections do without it.");
        }

        /// <summary>What the last call of this thread says went wrong.</summary>
        public string LastError()
        {
            return Marshal.PtrToStringAnsi(_errorText(_errno()));
        }

        /// <summary>The public key that belongs to a secret one; both Z85 text of 40 characters.</summary>
        public string PublicKey(string secretKey)
        {
            var result = new byte[41];
            if (_derivePublic(result, Text(secretKey)) == 0) return Encoding.ASCII.GetString(result, 0, 40);
            throw new UsageException(
                "The client's secret key is no Z85 text of 40 characters: make one with 'echo-runtime keys new'.");
        }

        public void Set(IntPtr socket, int option, int value)
        {
            Set(socket, option, BitConverter.GetBytes(value));
        }

        public void Set(IntPtr socket, int option, long value)
        {
            Set(socket, option, BitConverter.GetBytes(value));
        }

        public void Set(IntPtr socket, int option, byte[] value)
        {
            if (Option(socket, option, value, (IntPtr)value.Length) == 0) return;
            throw new UsageException("libzmq refuses the socket option " + option + ": " + LastError() + ".");
        }

        /// <summary>With its last zero, as C wants it.</summary>
        public static byte[] Text(string text)
        {
            return Encoding.UTF8.GetBytes(text + "\0");
        }

        private static T Need<T>(NativeLibrary library, string name) where T : class
        {
            T function = library.Function<T>(name);
            if (function != null) return function;
            throw new UsageException("The ZeroMQ library lacks the function " + name + ": libzmq 4.3 or newer is needed.");
        }
    }
}
