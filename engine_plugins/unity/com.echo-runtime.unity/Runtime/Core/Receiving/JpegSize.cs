namespace EchoRuntime
{
    /// <summary>
    /// The size that a JPEG file says it has (ITU T.81, B.2.2), so that it can be compared with the header's before
    /// anything is decoded. Allocates nothing.
    /// </summary>
    public static class JpegSize
    {
        /// <summary>
        /// Throws <see cref="ProtocolException"/> unless the file is of the size that the header announces: a decoder
        /// allocates what the file claims.
        /// </summary>
        public static void Check(Video header, byte[] data, int length)
        {
            int width, height;
            if (!Read(data, length, out width, out height))
            {
                throw new ProtocolException(length + " bytes of a picture are no JPEG file.");
            }
            if (width == header.Width && height == header.Height) return;
            throw new ProtocolException("video announces " + header.Width + "×" + header.Height + " pixels and its JPEG file has "
                + width + "×" + height + ".");
        }

        /// <summary>False where the bytes are no JPEG file, or end before its frame header.</summary>
        public static bool Read(byte[] data, int length, out int width, out int height)
        {
            width = height = 0;
            if (length < 4 || data[0] != 0xFF || data[1] != 0xD8) return false;
            int at = 2;
            while (at + 4 <= length)
            {
                if (data[at] != 0xFF) return false;
                int marker = data[at + 1];
                if (marker == 0xFF) // filling
                {
                    at++;
                    continue;
                }
                int size = data[at + 2] << 8 | data[at + 3];
                bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
                if (frame)
                {
                    if (at + 9 > length) return false;
                    height = data[at + 5] << 8 | data[at + 6];
                    width = data[at + 7] << 8 | data[at + 8];
                    return width > 0 && height > 0;
                }
                // neither scans nor the file's end nor a segment without a length come before the frame header
                if (size < 2 || marker == 0xDA || marker == 0xD9 || marker <= 0x01) return false;
                at += 2 + size;
            }
            return false;
        }
    }
}
