using System;

namespace UnityEngine
{
    public class Object // Object
    {
        public string name { get; set; } // Object-name
        public HideFlags hideFlags { get; set; } // Object-hideFlags
        public static void Destroy(Object obj) { } // Object.Destroy
        public static void DestroyImmediate(Object obj) { } // Object.DestroyImmediate
        public static void DontDestroyOnLoad(Object target) { } // Object.DontDestroyOnLoad
        public static bool operator ==(Object x, Object y) { return ReferenceEquals(x, y); } // Object-operator_eq
        public static bool operator !=(Object x, Object y) { return !ReferenceEquals(x, y); } // Object-operator_ne
        public override bool Equals(object other) { return ReferenceEquals(this, other); } // Object.Equals
        public override int GetHashCode() { return 0; } // Object.GetHashCode
    }

    [Flags]
    public enum HideFlags { DontSave = 52 } // HideFlags

    public class Component : Object // Component
    {
        public Transform transform { get { return null; } } // Component-transform
        public GameObject gameObject { get { return null; } } // Component-gameObject
        public T GetComponent<T>() { return default(T); } // Component.GetComponent
        public T GetComponentInParent<T>() { return default(T); } // Component.GetComponentInParent
        public T GetComponentInChildren<T>() { return default(T); } // Component.GetComponentInChildren
        public T[] GetComponentsInChildren<T>(bool includeInactive) { return null; } // Component.GetComponentsInChildren
    }

    public class Behaviour : Component // Behaviour
    {
        public bool enabled { get; set; } // Behaviour-enabled
        public bool isActiveAndEnabled { get { return false; } } // Behaviour-isActiveAndEnabled
    }

    public class MonoBehaviour : Behaviour { } // MonoBehaviour

    public class ScriptableObject : Object // ScriptableObject
    {
        public static T CreateInstance<T>() where T : ScriptableObject { return null; } // ScriptableObject.CreateInstance
    }

    public sealed class GameObject : Object // GameObject
    {
        public GameObject(string name) { } // GameObject-ctor
        public Transform transform { get { return null; } } // GameObject-transform
        public bool activeInHierarchy { get { return false; } } // GameObject-activeInHierarchy
        public SceneManagement.Scene scene { get { return default(SceneManagement.Scene); } } // GameObject-scene
        public T AddComponent<T>() where T : Component { return null; } // GameObject.AddComponent
        public T GetComponent<T>() { return default(T); } // GameObject.GetComponent
        public T GetComponentInChildren<T>() { return default(T); } // GameObject.GetComponentInChildren
        public static GameObject CreatePrimitive(PrimitiveType type) { return null; } // GameObject.CreatePrimitive
    }

    public enum PrimitiveType { Quad = 5 } // PrimitiveType

    public class Transform : Component // Transform
    {
        public Transform parent { get; set; } // Transform-parent
        public Vector3 position { get; set; } // Transform-position
        public Vector3 localPosition { get; set; } // Transform-localPosition
        public Quaternion rotation { get; set; } // Transform-rotation
        public Quaternion localRotation { get; set; } // Transform-localRotation
        public Vector3 forward { get; set; } // Transform-forward
        public Matrix4x4 worldToLocalMatrix { get { return default(Matrix4x4); } } // Transform-worldToLocalMatrix
        public Vector3 InverseTransformPoint(Vector3 position) { return position; } // Transform.InverseTransformPoint
        public void LookAt(Transform target) { } // Transform.LookAt
    }

    public class Collider : Component { } // Collider

    public enum HumanBodyBones { Head = 10 } // HumanBodyBones

    public class Animator : Behaviour // Animator
    {
        public bool isHuman { get { return false; } } // Animator-isHuman
        public Transform GetBoneTransform(HumanBodyBones humanBoneId) { return null; } // Animator.GetBoneTransform
    }
}

namespace UnityEngine.SceneManagement
{
    public struct Scene // SceneManagement.Scene
    {
        public bool IsValid() { return false; } // SceneManagement.Scene.IsValid
    }
}
