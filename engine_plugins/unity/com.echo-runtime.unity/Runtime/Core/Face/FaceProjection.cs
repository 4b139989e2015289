using System;

namespace EchoRuntime
{
    /// <summary>
    /// Where a point of a head is in its picture. The picture's camera looks along −z at the head's resting position from
    /// `camera_distance`, with the full vertical angle of view `camera_fov`; the head is turned by `head` and moved by
    /// `position` in front of it.
    /// </summary>
    public static class FaceProjection
    {
        /// <summary>The matrix can be made of this picture: camera and distance are known.</summary>
        public static bool Known(Video header)
        {
            return header.CameraFov > 0.0 && header.CameraFov < Math.PI && header.CameraDistance > 0.0;
        }

        /// <summary>
        /// A 4 × 4 matrix, row by row, that takes a point of the head (engine's axes, metres from the head's centre,
        /// facing +z) to (u·w, v·w, w / distance, w): u and v from 0 at the left and bottom to 1 at the right and top
        /// of the picture; w is how far the point is in front of the camera, in metres.
        /// </summary>
        public static void Matrix(Video header, float[] into)
        {
            Matrix(header.CameraFov, header.CameraDistance, header.Width / (double)header.Height, header.Head,
                header.Position, into);
        }

        /// <param name="fov">Full vertical angle, radians.</param>
        /// <param name="distance">Metres.</param>
        /// <param name="aspect">Width over height.</param>
        public static void Matrix(
            double fov, double distance, double aspect, Rotation head, Position position, float[] into)
        {
            double x = head.X, y = head.Y, z = head.Z, w = head.W, norm = x * x + y * y + z * z + w * w;
            double s = 2.0 / norm;
            // rows of the rotation in the protocol's axes; its first column is negated, since x comes mirrored
            double r00 = 1 - s * (y * y + z * z), r01 = s * (x * y - z * w), r02 = s * (x * z + y * w);
            double r10 = s * (x * y + z * w), r11 = 1 - s * (x * x + z * z), r12 = s * (y * z - x * w);
            double r20 = s * (x * z - y * w), r21 = s * (y * z + x * w), r22 = 1 - s * (x * x + y * y);
            double fy = 0.5 / Math.Tan(fov / 2), fx = fy / aspect;
            // w = distance − z; u = 0.5 + fx·x / w, v = 0.5 + fy·y / w
            Row(into, 3, r20, -r21, -r22, distance - position.Z);
            Row(into, 0, -fx * r00 + 0.5 * r20, fx * r01 - 0.5 * r21, fx * r02 - 0.5 * r22,
                fx * position.X + 0.5 * (distance - position.Z));
            Row(into, 1, -fy * r10 + 0.5 * r20, fy * r11 - 0.5 * r21, fy * r12 - 0.5 * r22,
                fy * position.Y + 0.5 * (distance - position.Z));
            Row(into, 2, r20 / distance, -r21 / distance, -r22 / distance, (distance - position.Z) / distance);
        }

        private static void Row(float[] into, int row, double a, double b, double c, double d)
        {
            into[4 * row] = (float)a;
            into[4 * row + 1] = (float)b;
            into[4 * row + 2] = (float)c;
            into[4 * row + 3] = (float)d;
        }
    }
}
