package home.keyspaces;

import org.apache.cassandra.auth.AuthenticatedUser;

/** Who has logged in: an access key, and the ARN behind it. Cassandra's own roles decide nothing, IAM does. */
public final class Caller extends AuthenticatedUser {
    public final String key;

    Caller(String key, String arn) {
        super(arn);
        this.key = key;
    }

    @Override
    public boolean canLogin() {
        return true;
    }

    @Override
    public boolean isSuper() {
        return true;
    }
}
