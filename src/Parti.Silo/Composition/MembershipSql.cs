namespace Parti.Silo.Composition;

/// <summary>The statements with which Orleans keeps membership and reminders in PostgreSQL; it looks them up by name.</summary>
internal static class MembershipSql
{
    private const string Resource = "Parti.Silo.Composition.membership.sql";

    /// <summary>Makes tables, functions and the list of statements; may be run again and again.</summary>
    internal static string Text { get; } = Read();

    private static string Read()
    {
        using Stream stream = typeof(MembershipSql).Assembly.GetManifestResourceStream(Resource)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
