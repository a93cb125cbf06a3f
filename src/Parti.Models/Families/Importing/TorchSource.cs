using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>A checkpoint that torch.save wrote, as a source.</summary>
internal static class TorchSource
{
    internal static SourceCheckpoint Open(string path) => throw new CheckpointException($"{path}: torch checkpoints are not read yet.");
}
