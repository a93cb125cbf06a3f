namespace Parti.Models.Checkpoints;

/// <summary>Checks values of a manifest and names the key that is wrong.</summary>
readonly record struct ManifestCheck(string File, string Path)
{
    internal ManifestCheck Under(string key) => this with { Path = KeyPath(key) };

    internal void Range(string key, long value, long least, long most) =>
        Require(key, value >= least && value <= most, value, $"{least} to {most}");

    internal void Require(string key, bool holds, object? found, string allowed)
    {
        if (!holds)
        {
            throw new CheckpointException($"{File}: {KeyPath(key)} is {found ?? "null"}; it must be {allowed}.");
        }
    }

    internal void NotNull(string key, object? value) => Require(key, value is not null, null, "given");

    string KeyPath(string key) => Path.Length == 0 ? key : $"{Path}.{key}";
}
