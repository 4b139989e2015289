namespace EchoRuntime
{
    /// <summary>The numbers of the protocol, as its specification (bridge/PROTOCOL.md, "Limits") states them.</summary>
    public static class Limits
    {
        /// <summary>Another major version is refused, a newer minor one is welcome.</summary>
        public const int ProtocolMajor = 1;
        public const int ProtocolMinor = 0;
        public const int DefaultControlPort = 27810;

        /// <summary>Bytes of a header.</summary>
        public const int HeaderBytes = 4096;
        /// <summary>Maps and arrays inside one another, the header's own map being the first.</summary>
        public const int HeaderDepth = 8;
        /// <summary>Entries of any map in a header.</summary>
        public const int MapEntries = 128;
        /// <summary>Bytes of a topic: a stream's name, an NPC's name and two slashes fit.</summary>
        public const int TopicBytes = 128;
        public const int NameBytes = 64;
        public const int TextBytes = 2048;
        public const int SentenceBytes = 512;
        /// <summary>Pixels.</summary>
        public const int PictureSide = 4096;
        /// <summary>Bytes of a picture.</summary>
        public const int VideoBytes = 4 * PictureSide * PictureSide;
        /// <summary>Bytes of PCM16 in one message.</summary>
        public const int SoundBytes = 1 << 20;
        /// <summary>Values of one curve set.</summary>
        public const int Curves = 512;
        /// <summary>Bytes of one part on the control socket.</summary>
        public const int ControlPartBytes = 4 << 20;
        /// <summary>NPCs whose order a receiver keeps; the one unheard for longest is forgotten.</summary>
        public const int Npcs = 1024;
        /// <summary>Bytes of the shortest JPEG file: its first and its last marker.</summary>
        public const int JpegBytes = 4;

        public const int HeartbeatMilliseconds = 1000;
        public const int HeartbeatTimeoutMilliseconds = 3000;
        /// <summary>Microseconds between pings on the control socket.</summary>
        public const long PingMicros = 1000000;
        /// <summary>Microseconds; a runtime that says nothing for so long is lost.</summary>
        public const long SilenceMicros = 5000000;
        /// <summary>Messages that a socket may hold back (ZMQ_RCVHWM) of the video and of the cues of all NPCs.</summary>
        public const int VideoBacklog = 128;
        public const int CuesBacklog = 1000;
    }
}
