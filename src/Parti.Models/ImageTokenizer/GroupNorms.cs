using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>Makes group norms.</summary>
internal static class GroupNorms
{
    /// <summary>A norm with scales of one and shifts of zero.</summary>
    internal static GroupNorm Create(int groups, int channels, double epsilon, Device? device)
    {
        GroupNorm norm = nn.GroupNorm(groups, channels, epsilon, device: device);

        // TorchSharp leaves in them what was in memory.
        nn.init.ones_(norm.weight!);
        nn.init.zeros_(norm.bias!);
        return norm;
    }
}
