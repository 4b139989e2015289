namespace EchoRuntime
{
    public enum ClientStatus
    {
        /// <summary>No runtime has answered yet; it is tried again for ever.</summary>
        Connecting,
        Connected,
        /// <summary>The runtime was there and is not any more; it is tried again for ever.</summary>
        Lost,
        /// <summary>
        /// The runtime does not want this client: another version, another client of its name, too many, a key.
        /// </summary>
        Refused,
        Closed,
    }

    public enum NoticeKind
    {
        Status,
        Welcome,
        Opened,
        Answered,
        Warning,
    }

    /// <summary>
    /// Something that happened to the connection, for the game's thread; see <see cref="EchoClient.TakeNotice"/>.
    /// </summary>
    public sealed class Notice
    {
        internal Notice(NoticeKind kind, string text)
        {
            Kind = kind;
            Text = text;
        }

        public NoticeKind Kind { get; private set; }

        /// <summary>One sentence, meant to be shown; "" where there is nothing to say.</summary>
        public string Text { get; private set; }

        /// <summary>Of the kind Status.</summary>
        public ClientStatus Status { get; internal set; }

        /// <summary>Of the kind Welcome.</summary>
        public Welcome Welcome { get; internal set; }

        /// <summary>Of the kind Opened: the NPC.</summary>
        public string Npc { get; internal set; }

        /// <summary>Of the kinds Opened and Answered: the finished command.</summary>
        public PendingCommand Command { get; internal set; }
    }
}
