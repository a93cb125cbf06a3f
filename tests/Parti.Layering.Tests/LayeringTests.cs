namespace Parti.Layering.Tests;

/// <summary>Arrows between rooms never point back, and tensors stay where they are made.</summary>
public class LayeringTests
{
    public static TheoryData<string> Projects => [.. Rooms.Existing.Select(room => room.Project)];

    [Fact]
    public void Table_EveryProjectFolder_HasARowAndAnAssembly()
    {
        string[] folders = [.. Directory.GetDirectories(Path.Combine(RepositoryRoot(), "src"))
            .Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

        Assert.Equal(folders, Rooms.Existing.Select(room => room.Project).Order(StringComparer.Ordinal));
        Assert.All(folders, folder => Assert.True(Rooms.BuiltOn.ContainsKey(folder), $"{folder} has no row in {nameof(Rooms)}.{nameof(Rooms.BuiltOn)}."));
    }

    [Fact]
    public void Table_ItsArrows_FormNoCircle()
        => Assert.All(Rooms.BuiltOn.Keys, project => Assert.DoesNotContain(project, Rooms.Foundations(project)));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ItsReferences_ArePermitted(string project)
    {
        IReadOnlySet<string> permitted = Rooms.Foundations(project);
        string[] refused = [.. References(project).Select(name => Rooms.ProjectOf(name)).OfType<string>().Where(other => !permitted.Contains(other))];

        Assert.True(refused.Length == 0, $"{project} references {string.Join(", ", refused)}; it may use only {string.Join(", ", permitted.Order(StringComparer.Ordinal))}.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ItsPackages_ArePermitted(string project)
    {
        string[] refused = [.. References(project).Where(name => Rooms.Packages.Any(rule =>
            (name == rule.Key || name.StartsWith(rule.Key + ".", StringComparison.Ordinal)) && !rule.Value.Contains(project)))];

        Assert.True(refused.Length == 0, $"{project} mentions types of {string.Join(", ", refused)}, which belong in other rooms ({nameof(Rooms)}.{nameof(Rooms.Packages)}).");
    }

    [Fact]
    public void Scheduling_ItsTypes_MentionNoTensor()
        => AssertNoTensor(Types().Where(type => type.Namespace == "Parti.Inference.Scheduling"), Mentions.Everything, "plain data, so that it is tested without a model");

    [Fact]
    public void GrainAndWireTypes_TheirShapes_MentionNoTensor()
        => AssertNoTensor(Types().Where(type => IsGrain(type) || IsWire(type)), Mentions.Shape, "sent between silos or owned by a grain");

    [Fact]
    public void Mentions_ATypeThatUsesATensorInPassing_FindsIt()
        => Assert.Contains(Mentions.Everything(typeof(UsesTensor)), mention => IsTorch(mention.Type) && mention.Where.Contains(nameof(UsesTensor.InPassing), StringComparison.Ordinal));

    static void AssertNoTensor(IEnumerable<Type> types, Func<Type, IEnumerable<(Type Type, string Where)>> mentions, string reason)
    {
        Type[] examined = [.. types];
        string[] found = [.. examined.SelectMany(type => mentions(type).Where(mention => IsTorch(mention.Type))
            .Select(mention => $"{type.FullName} mentions {mention.Type.FullName} ({mention.Where})"))];

        Assert.NotEmpty(examined);
        Assert.True(found.Length == 0, $"These types are {reason}, and must mention no tensor:\n{string.Join('\n', found)}");
    }

    static IEnumerable<string> References(string project)
        => Rooms.Existing.Single(room => room.Project == project).Assembly.GetReferencedAssemblies().Select(name => name.Name!);

    static IEnumerable<Type> Types() => Rooms.Existing.SelectMany(room => room.Assembly.GetTypes());

    static bool IsTorch(Type type) => type.Assembly.GetName().Name == "TorchSharp";

    static bool IsGrain(Type type)
        => type.GetInterfaces().Append(type).Any(item => item.FullName is "Orleans.IGrain" or "Orleans.Runtime.IAddressable" or "Orleans.IGrainBase");

    static bool IsWire(Type type)
        => type.GetCustomAttributesData().Any(attribute => attribute.AttributeType.FullName == "Orleans.GenerateSerializerAttribute");

    static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Parti.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new InvalidOperationException($"No Parti.sln above {AppContext.BaseDirectory}.");
    }

    sealed class UsesTensor
    {
        public static string InPassing() => TorchSharp.torch.zeros(1).ToString();
    }
}
