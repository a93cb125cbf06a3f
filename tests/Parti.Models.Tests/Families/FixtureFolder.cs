namespace Parti.Models.Tests.Families;

/// <summary>Tiny checkpoints of published families with golden tensors made by the originals' own code.</summary>
static class FixtureFolder
{
    /// <summary>Folder of a fixture.</summary>
    internal static string Of(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
}
