namespace UnityEngine
{
    public struct Vector3 // Vector3
    {
        public float x, y, z; // Vector3
        public Vector3(float x, float y, float z) { this.x = x; this.y = y; this.z = z; } // Vector3-ctor
        public static Vector3 forward { get { return default(Vector3); } } // Vector3-forward
        public float sqrMagnitude { get { return 0f; } } // Vector3-sqrMagnitude
        public static Vector3 operator -(Vector3 a) { return a; } // Vector3-operator_subtract
        public Vector3 normalized { get { return this; } } // Vector3-normalized
        public static float Dot(Vector3 lhs, Vector3 rhs) { return 0f; } // Vector3.Dot
        public static float Distance(Vector3 a, Vector3 b) { return 0f; } // Vector3.Distance
        public static Vector3 operator +(Vector3 a, Vector3 b) { return a; } // Vector3-operator_add
        public static Vector3 operator -(Vector3 a, Vector3 b) { return a; } // Vector3-operator_subtract
        public static Vector3 operator *(float d, Vector3 a) { return a; } // Vector3-operator_multiply
        public static implicit operator Vector4(Vector3 v) { return default(Vector4); } // Vector4-operator_Vector4
    }

    public struct Vector4 { } // Vector4

    public struct Vector2 { } // Vector2

    public struct Quaternion // Quaternion
    {
        public float x, y, z, w; // Quaternion
        public Quaternion(float x, float y, float z, float w) { this.x = x; this.y = y; this.z = z; this.w = w; } // Quaternion-ctor
        public static Quaternion identity { get { return default(Quaternion); } } // Quaternion-identity
        public static Quaternion Inverse(Quaternion rotation) { return rotation; } // Quaternion.Inverse
        public static Quaternion SlerpUnclamped(Quaternion a, Quaternion b, float t) { return a; } // Quaternion.SlerpUnclamped
        public static Quaternion Slerp(Quaternion a, Quaternion b, float t) { return a; } // Quaternion.Slerp
        public static Quaternion LookRotation(Vector3 forward) { return default(Quaternion); } // Quaternion.LookRotation
        public static Vector3 operator *(Quaternion rotation, Vector3 point) { return point; } // Quaternion-operator_multiply
        public static Quaternion operator *(Quaternion lhs, Quaternion rhs) { return lhs; } // Quaternion-operator_multiply
    }

    public struct Matrix4x4 // Matrix4x4
    {
        public static Matrix4x4 identity { get { return default(Matrix4x4); } } // Matrix4x4-identity
        public float this[int row, int column] { get { return 0f; } set { } } // Matrix4x4.Index_operator
        public static Matrix4x4 Scale(Vector3 vector) { return default(Matrix4x4); } // Matrix4x4.Scale
        public static Matrix4x4 operator *(Matrix4x4 lhs, Matrix4x4 rhs) { return lhs; } // Matrix4x4-operator_multiply
    }

    public struct Rect // Rect
    {
        public Rect(float x, float y, float width, float height) { } // Rect-ctor
    }

    public struct Mathf // Mathf
    {
        public static float Exp(float power) { return power; } // Mathf.Exp
        public static float Sin(float f) { return f; } // Mathf.Sin
        public static float Cos(float f) { return f; } // Mathf.Cos
        public static float Clamp01(float value) { return value; } // Mathf.Clamp01
        public static float Abs(float f) { return f; } // Mathf.Abs
        public static float Max(float a, float b) { return a; } // Mathf.Max
        public static int Max(int a, int b) { return a; } // Mathf.Max
        public static int Min(int a, int b) { return a; } // Mathf.Min
    }

    public static class Random // Random
    {
        public static int Range(int minInclusive, int maxExclusive) { return minInclusive; } // Random.Range
    }
}
