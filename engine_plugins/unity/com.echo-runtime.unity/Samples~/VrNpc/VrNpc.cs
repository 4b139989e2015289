using EchoRuntime.Components;
using UnityEngine;

namespace EchoRuntime.Samples
{
    /// <summary>
    /// An NPC that stays at eye height and turns its body to the player in VR, without snapping. Its own gaze and head come
    /// from the runtime.
    /// </summary>
    [RequireComponent(typeof(EchoNpc))]
    public sealed class VrNpc : MonoBehaviour
    {
        [Tooltip("The headset's camera; empty: the main camera.")]
        [SerializeField] private Transform player;
        [Range(0.1f, 10f)]
        [SerializeField] private float turnsPerSecond = 1.5f;
        [Tooltip("A quad is seen from behind its forward.")]
        [SerializeField] private bool quad = true;

        private void LateUpdate()
        {
            if (player == null && Camera.main != null) player = Camera.main.transform;
            if (player == null) return;
            Vector3 towards = player.position - transform.position;
            towards.y = 0f;
            if (towards.sqrMagnitude < 0.01f) return;
            Quaternion wanted = Quaternion.LookRotation(quad ? -towards : towards);
            float share = 1f - Mathf.Exp(-turnsPerSecond * Time.deltaTime);
            transform.rotation = Quaternion.Slerp(transform.rotation, wanted, share);
        }
    }
}
