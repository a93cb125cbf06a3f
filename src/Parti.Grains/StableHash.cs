namespace Parti.Grains;

/// <summary>A hash that is the same in every process and on every machine (FNV-1a, 32 bits).</summary>
internal static class StableHash
{
    internal static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2166136261;
        foreach (byte value in bytes)
        {
            hash = (hash ^ value) * 16777619;
        }

        return hash;
    }
}
