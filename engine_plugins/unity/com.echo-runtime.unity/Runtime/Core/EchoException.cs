using System;

namespace EchoRuntime
{
    /// <summary>
    /// Base of everything this library throws on purpose. <see cref="Exception.Message"/> is one sentence, meant to be
    /// shown: what happened, with which value, what to do. <see cref="Code"/> is the short name that the protocol uses.
    /// </summary>
    public class EchoException : Exception
    {
        public EchoException(string code, string text) : base(text)
        {
            Code = code;
        }

        public string Code { get; private set; }
    }

    /// <summary>Bytes or values that are not a valid message of the protocol.</summary>
    public class ProtocolException : EchoException
    {
        public ProtocolException(string text) : base("malformed", text)
        {
        }

        protected ProtocolException(string code, string text) : base(code, text)
        {
        }
    }

    /// <summary>A type of message that this version does not know: a newer runtime may send it. Skip it.</summary>
    public sealed class UnknownTypeException : ProtocolException
    {
        public UnknownTypeException(string type)
            : base("unknown_type", "The message type '" + FieldRules.Shown(type) + "' is not known to this version.")
        {
        }
    }

    /// <summary>The peer cannot be reached, or does not speak ZMTP as it should; the connection is tried again.</summary>
    public sealed class TransportException : EchoException
    {
        public TransportException(string text, bool refused = false) : base("connection_lost", text)
        {
            Refused = refused;
        }

        /// <summary>The peer is there and does not want us; trying again alone will not help.</summary>
        public bool Refused { get; private set; }
    }

    /// <summary>A setting with which no connection can be made, or a method called at a wrong time.</summary>
    public sealed class UsageException : EchoException
    {
        public UsageException(string text) : base("usage", text)
        {
        }
    }
}
