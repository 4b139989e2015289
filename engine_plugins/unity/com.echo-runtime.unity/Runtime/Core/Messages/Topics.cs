namespace EchoRuntime
{
    /// <summary>Topics: `video/[npc]/` and `cues/[npc]/`; the last slash keeps `bob` from matching `bobby`.</summary>
    public static class Topics
    {
        public const string Video = "video";
        public const string Cues = "cues";

        /// <summary>The bytes to subscribe to; without an NPC the prefix of all.</summary>
        public static byte[] Bytes(string stream, string npc)
        {
            return Utf8.Strict.GetBytes(npc.Length == 0 ? stream + "/" : stream + "/" + npc + "/");
        }

        /// <summary>Whether bytes are the topic that this message belongs under. Allocates nothing.</summary>
        public static bool Of(Published message, byte[] topic, int length)
        {
            string stream = message is EchoRuntime.Video ? Video : Cues, npc = message.Npc;
            if (length != stream.Length + npc.Length + 2) return false;
            if (!NamePool.Same(stream, topic, 0, stream.Length) || topic[stream.Length] != '/') return false;
            return NamePool.Same(npc, topic, stream.Length + 1, npc.Length) && topic[length - 1] == '/';
        }
    }
}
